package dvdquant.app.generate;

import dvdquant.app.text.Manifest;
import dvdquant.app.text.ProgressPrinter;
import dvdquant.app.text.ShellWords;
import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.core.video.Video;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.ClipDecoder;
import dvdquant.models.pipeline.Latents;
import dvdquant.video.VideoTarget;
import dvdquant.video.VideoWriter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The end of a generation: latents are saved before they are decoded, so that a decoding that fails can be taken up again, and
 * the clip is written with its manifest.
 */
public final class ClipWriter {
    private final ClipDecoder pipeline;
    private final ProgressPrinter progress;
    private final Path model;

    ClipWriter(ClipDecoder pipeline, Path model, ProgressPrinter progress) {
        this.pipeline = pipeline;
        this.model = model;
        this.progress = progress;
    }

    /**
     * @param saved where to keep the latents; null: beside the clip, until it is written
     */
    void write(Latents latents, VideoTarget target, int fps, Path saved, Manifest manifest) {
        var kept = KeptLatents.keep(latents, manifest.asTexts(), target.path(), saved, progress);
        try (var _ = AtSignal.run(() -> howToGoOn(kept, target))) {
            decode(latents, target, fps, manifest, kept.place().isEmpty());
        } catch (RuntimeException | Error e) {
            howToGoOn(kept, target);
            throw e;
        }
        if (saved == null) kept.place().ifPresent(ClipWriter::delete);
        kept.requireSaved();
    }

    private void howToGoOn(KeptLatents kept, VideoTarget target) {
        kept.place().ifPresent(place -> progress.announce("the sampled latents are in " + place
                + "; to take up from there: dvdquant "
                + ShellWords.of(List.of("decode", model.toString(), place.toString(), "-o", target.text()))));
    }

    /**
     * Checks that a clip can be written, and its manifest; leaves nothing.
     *
     * @throws InputException if not
     */
    static void check(VideoTarget target) {
        target.checkWritable();
        StagedPath.check(Manifest.beside(target.path()));
    }

    /**
     * Decodes and writes the clip, and says so.
     *
     * @param onlyHere whether the latents are in memory alone: then a full disk is waited for
     */
    void decode(Latents latents, VideoTarget target, int fps, Manifest manifest, boolean onlyHere) {
        long start = System.nanoTime();
        Video video = pipeline.decode(latents, progress, new Cancellation());
        if (onlyHere) {
            FullDisk.outwait(target.path(), progress, () -> VideoWriter.write(video, fps, target));
        } else {
            VideoWriter.write(video, fps, target);
        }
        manifest.put("fps", fps).put("decode_seconds", seconds(start)).writeBeside(target.path());
        progress.say("wrote " + target.path() + " (" + video.frames().size() + " frames of " + video.width() + "×"
                + video.height()
                + ", " + fps + " fps)");
    }

    public static double seconds(long since) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.3f", (System.nanoTime() - since) / 1e9));
    }

    /** {@code cat.latents.safetensors} for {@code cat.mp4}, or {@code cat.latents-2.safetensors}: a name that nothing has. */
    static Path freeBeside(Path clip) {
        String name = clip.getFileName().toString();
        int dot = name.lastIndexOf('.');
        String stem = (dot > 0 ? name.substring(0, dot) : name) + ".latents";
        Path free = clip.resolveSibling(stem + ".safetensors");
        for (int i = 2; Files.exists(free, LinkOption.NOFOLLOW_LINKS); i++) {
            free = clip.resolveSibling(stem + "-" + i + ".safetensors");
        }
        return free;
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new InputException("cannot remove " + file + ": " + Reasons.of(e), e);
        }
    }
}
