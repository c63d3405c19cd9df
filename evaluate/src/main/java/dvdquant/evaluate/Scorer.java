package dvdquant.evaluate;

import dvdquant.core.InputException;
import dvdquant.core.contents.Fingerprint;
import dvdquant.core.metrics.Flicker;
import dvdquant.core.metrics.Psnr;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.metrics.Ssim;
import dvdquant.core.video.Video;
import dvdquant.evaluate.judge.Judge;
import dvdquant.evaluate.judge.JudgeCaption;
import dvdquant.evaluate.judge.Judgement;
import dvdquant.evaluate.lpips.Lpips;
import dvdquant.evaluate.store.Measured;
import dvdquant.evaluate.store.Measured.Fidelity;
import dvdquant.evaluate.store.StoredClip;
import dvdquant.models.pipeline.Latents;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Measures clips. Owns the networks that it does so with; used by one thread at a time. */
public final class Scorer implements AutoCloseable {
    private final Optional<Judge> judge;
    private final Map<String, JudgeCaption> captions;
    private final Optional<Lpips> lpips;
    private final Fingerprint fingerprint;

    private Scorer(Optional<Judge> judge, Map<String, JudgeCaption> captions, Optional<Lpips> lpips,
            Fingerprint fingerprint) {
        this.judge = judge;
        this.captions = captions;
        this.lpips = lpips;
        this.fingerprint = fingerprint;
    }

    /**
     * @param judge its folder; empty: it is not asked
     * @param lpips the file of its weights; empty: it is not measured
     * @param prompts of the clips
     * @param strict whether a prompt that the judge cannot read is an error; else it is not asked about that clip
     * @throws InputException if a network cannot be read, or a prompt cannot where that is an error
     */
    public static Scorer open(Optional<Path> judge, Optional<Path> lpips, List<String> prompts, boolean strict) {
        Fingerprint fingerprint = Fingerprint.of("measures", "PSNR, SSIM, SQNR, flicker");
        if (judge.isPresent())
            fingerprint = fingerprint.with(Fingerprint.ofFiles("judge", judge.get(), Judge.files(judge.get())));
        if (lpips.isPresent())
            fingerprint = fingerprint.with(Fingerprint.ofFiles("LPIPS", lpips.get().toAbsolutePath().getParent(),
                    List.of(lpips.get().toAbsolutePath())));
        Optional<Judge> opened = judge.map(Judge::open);
        try {
            var captions = new LinkedHashMap<String, JudgeCaption>();
            opened.ifPresent(network -> prompts.forEach(prompt -> read(prompt, network, strict)
                    .ifPresent(caption -> captions.put(prompt, caption))));
            return new Scorer(opened, captions, lpips.map(Lpips::open), fingerprint);
        } catch (RuntimeException | Error e) {
            opened.ifPresent(Judge::close);
            throw e;
        }
    }

    private static Optional<JudgeCaption> read(String prompt, Judge judge, boolean strict) {
        try {
            return Optional.of(JudgeCaption.parse(prompt, judge.questions()));
        } catch (InputException e) {
            if (strict) throw e;
            return Optional.empty();
        }
    }

    /** By prompt, those that the judge can read. */
    public Map<String, JudgeCaption> captions() {
        return captions;
    }

    /** What the measurements depend on beside the clips. */
    Fingerprint fingerprint() {
        return fingerprint;
    }

    /**
     * @param reference what to hold the clip against; empty for the reference itself
     * @throws InputException if the reference's files cannot be read, or the clips differ in size
     */
    Measured measure(String prompt, Video clip, Latents latents, Optional<StoredClip> reference) {
        Optional<Judgement> judgement = captions.containsKey(prompt)
                ? judge.map(network -> network.score(clip))
                : Optional.empty();
        return new Measured(reference.map(held -> fidelity(clip, latents, held)), Flicker.of(clip), judgement);
    }

    private Fidelity fidelity(Video clip, Latents latents, StoredClip reference) {
        Video expected = reference.requireFrames();
        return new Fidelity(Sqnr.db(latents.values(), reference.requireLatents().values()), Psnr.of(clip, expected),
                Ssim.of(clip, expected), lpips.map(network -> network.of(clip, expected)));
    }

    @Override
    public void close() {
        judge.ifPresent(Judge::close);
        lpips.ifPresent(Lpips::close);
    }
}
