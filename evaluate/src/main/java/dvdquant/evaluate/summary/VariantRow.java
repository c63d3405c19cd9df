package dvdquant.evaluate.summary;

import dvdquant.core.metrics.FrechetDistance;
import dvdquant.core.metrics.MeanWithError;
import dvdquant.core.metrics.Share;
import dvdquant.evaluate.Results.CandidateResults;
import dvdquant.evaluate.Results.ClipResults;
import dvdquant.evaluate.judge.JudgeAccuracy;
import dvdquant.evaluate.judge.JudgeCaption;
import dvdquant.evaluate.judge.JudgedClip;
import dvdquant.evaluate.judge.Judgement;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.report.Figure;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.Standing;
import dvdquant.evaluate.report.Variant;
import dvdquant.evaluate.store.Measured.Fidelity;
import dvdquant.models.pipeline.SampledSteps;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** A row of the table: what was measured of a candidate, as means over its clips. */
final class VariantRow {
    /** A covariance needs two clips. */
    private static final int FRECHET_CLIPS = 2;

    private final CandidateResults results;
    private final Map<Measure, Figure> figures = new EnumMap<>(Measure.class);

    private VariantRow(CandidateResults results) {
        this.results = results;
    }

    static Variant of(CandidateResults results, CandidateResults reference, Map<String, JudgeCaption> captions) {
        var row = new VariantRow(results);
        row.addModel();
        row.addFidelity();
        row.addJudge(captions, reference);
        row.addCost();
        Candidate candidate = results.candidate();
        return new Variant(candidate.label(), candidate.method(), candidate.bits(), candidate.standing(), row.figures,
                StepTraces.of(results));
    }

    private void addModel() {
        figures.put(Measure.BITS_WEIGHT, new Figure.Exact(results.model().bitsAWeight()));
        figures.put(Measure.BITS_MODEL, new Figure.Exact(results.model().allBitsAWeight()));
        figures.put(Measure.MODEL_BYTES, new Figure.Exact(results.model().transformerBytes()));
        mean(Measure.BITS_ACTIVATION, clip -> steps(clip).averageBits().orElse(0));
    }

    private void addFidelity() {
        if (results.candidate().standing() == Standing.REFERENCE) return;
        for (Measure measure : List.of(Measure.LATENTS_DB, Measure.PSNR_DB, Measure.PSNR_WORST_DB, Measure.SSIM,
                Measure.SSIM_WORST)) {
            mean(measure, clip -> ClipValues.of(clip).get(measure));
        }
        if (results.clips().stream().allMatch(clip -> fidelity(clip).lpips().isPresent())) {
            mean(Measure.LPIPS, clip -> ClipValues.of(clip).get(Measure.LPIPS));
        }
    }

    private void addJudge(Map<String, JudgeCaption> captions, CandidateResults reference) {
        List<JudgedClip> judged = JudgeTable.clips(results, captions);
        if (judged.isEmpty()) return;
        JudgeAccuracy accuracy = JudgeAccuracy.of(judged);
        put(Measure.JUDGE_ATTRIBUTES, accuracy.attributes());
        share(Measure.JUDGE_ALL, accuracy.allRight());
        if (judged.size() >= FRECHET_CLIPS && results.candidate().standing() != Standing.REFERENCE) {
            figures.put(Measure.FRECHET,
                    new Figure.Exact(FrechetDistance.between(features(results), features(reference))));
        }
    }

    private static List<float[]> features(CandidateResults results) {
        return results.clips().stream().map(clip -> clip.measured().judgement()).flatMap(Optional::stream)
                .map(Judgement::features).toList();
    }

    private void addCost() {
        mean(Measure.FLICKER, clip -> clip.measured().flicker());
        mean(Measure.SECONDS_STEP, clip -> ClipValues.of(clip).get(Measure.SECONDS_STEP));
        long peak = results.clips().stream().mapToLong(clip -> clip.sampling().peakBytes()).max().orElse(0);
        if (peak > 0) figures.put(Measure.PEAK_MEMORY, new Figure.Exact(peak));
        if (results.candidate().acceleration().cache().isPresent()) {
            mean(Measure.SKIPPED_STEPS, clip -> (double) steps(clip).skippedSteps());
        }
    }

    private void mean(Measure measure, Function<ClipResults, Double> of) {
        put(measure, MeanWithError.of(results.each(of)));
    }

    private void put(Measure measure, MeanWithError mean) {
        if (!Double.isFinite(mean.mean())) return; // of equal latents, which other figures show
        figures.put(measure, mean.error().isPresent() && mean.count() > 1
                ? new Figure.Mean(mean.mean(), mean.error().getAsDouble(), mean.count())
                : new Figure.Exact(mean.mean()));
    }

    private void share(Measure measure, Share share) {
        figures.put(measure, new Figure.Share(share.value(), share.low(), share.high(), share.trials()));
    }

    private static SampledSteps steps(ClipResults clip) {
        return new SampledSteps(clip.sampling().steps());
    }

    private static Fidelity fidelity(ClipResults clip) {
        return clip.measured().fidelity().orElseThrow();
    }
}
