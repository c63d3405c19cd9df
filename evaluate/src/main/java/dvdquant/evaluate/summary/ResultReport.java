package dvdquant.evaluate.summary;

import dvdquant.evaluate.Results;
import dvdquant.evaluate.Results.CandidateResults;
import dvdquant.evaluate.Results.ClipResults;
import dvdquant.evaluate.judge.Attribute;
import dvdquant.evaluate.judge.JudgeCaption;
import dvdquant.evaluate.judge.JudgedClip;
import dvdquant.evaluate.judge.Judgement;
import dvdquant.evaluate.plan.Plan;
import dvdquant.evaluate.plan.Sample;
import dvdquant.evaluate.report.ClipFile;
import dvdquant.evaluate.report.ClipResult;
import dvdquant.evaluate.report.FrameScores;
import dvdquant.evaluate.report.Heading;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.Report;
import dvdquant.evaluate.report.Scene;
import dvdquant.evaluate.report.Schedule;
import dvdquant.evaluate.report.Still;
import dvdquant.evaluate.report.Variant;
import dvdquant.models.given.GivenImage;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.SampledSteps;
import dvdquant.models.pipeline.StepRecord;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static java.util.stream.Collectors.joining;

/** A report of results. */
public final class ResultReport {
    private final Results results;
    private final Map<String, JudgeCaption> captions;
    private final int shown;

    /**
     * @param captions by prompt, those that the judge was asked about
     * @param shown how many scenes are shown with their clips
     */
    public ResultReport(Results results, Map<String, JudgeCaption> captions, int shown) {
        this.results = results;
        this.captions = captions;
        this.shown = shown;
    }

    public Report of(Heading heading, Tables tables) {
        List<Variant> variants = results.candidates().stream()
                .map(candidate -> VariantRow.of(candidate, results.reference(), captions)).toList();
        var scenes = new ArrayList<Scene>();
        List<Sample> samples = results.plan().samples();
        for (int i = 0; i < samples.size(); i++) {
            scenes.add(scene(i, i < shown));
        }
        return new Report(heading, variants, scenes, tables.of(results, captions));
    }

    private Scene scene(int index, boolean withFiles) {
        Sample sample = results.plan().samples().get(index);
        return new Scene(sample.prompt(), sample.seed(), stills(sample), results.candidates().stream()
                .map(candidate -> clip(candidate, candidate.clips().get(index), withFiles)).toList());
    }

    private static List<Still> stills(Sample sample) {
        var stills = new ArrayList<Still>();
        sample.pictured().ifPresent(of -> {
            of.images().first().image().ifPresent(image -> stills.add(still(Still.FIRST, "first frame", image)));
            of.images().last().image().ifPresent(image -> stills.add(still(Still.LAST, "last frame", image)));
        });
        return stills;
    }

    private static Still still(String key, String label, GivenImage given) {
        return new Still(key, label, given.file(), given.sha256(), given.image());
    }

    private ClipResult clip(CandidateResults candidate, ClipResults clip, boolean withFile) {
        FrameScores frames = clip.measured().fidelity()
                .map(fidelity -> new FrameScores(fidelity.psnrDb(), fidelity.ssim())).orElse(FrameScores.NONE);
        Plan plan = results.plan();
        ClipSize size = plan.size(clip.sample());
        Map<Measure, Double> values = ClipValues.of(clip);
        values.values().removeIf(value -> !Double.isFinite(value));
        return new ClipResult(candidate.candidate().label(), values, frames, schedule(clip.sampling().steps()),
                remark(clip),
                withFile
                        ? Optional.of(new ClipFile(clip.file(), size.width(), size.height(), size.frames(), plan.fps()))
                        : Optional.empty());
    }

    private static Schedule schedule(List<StepRecord> steps) {
        var sampled = new SampledSteps(steps);
        return new Schedule(sampled.schedule(), steps.stream().map(StepRecord::delta).toList());
    }

    private String remark(ClipResults clip) {
        JudgeCaption caption = captions.get(clip.sample().prompt());
        if (caption == null) return "";
        return clip.measured().judgement().map(judgement -> remark(new JudgedClip(caption, judgement))).orElse("");
    }

    /** What the judge sees otherwise than the caption says. */
    private static String remark(JudgedClip clip) {
        if (clip.isAllRight()) return "The judge sees all of the caption.";
        Judgement judgement = clip.judgement();
        return "The judge sees " + Arrays.stream(Attribute.values()).filter(a -> !clip.isRight(a))
                .map(a -> a.key() + " “" + judgement.answers().get(a) + "”").collect(joining(", ")) + ".";
    }
}
