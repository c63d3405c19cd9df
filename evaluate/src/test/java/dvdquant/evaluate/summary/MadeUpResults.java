package dvdquant.evaluate.summary;

import dvdquant.evaluate.Results;
import dvdquant.evaluate.Results.CandidateResults;
import dvdquant.evaluate.Results.ClipResults;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.ModelSource;
import dvdquant.evaluate.plan.Plan;
import dvdquant.evaluate.plan.Sample;
import dvdquant.evaluate.report.Standing;
import dvdquant.evaluate.store.Measured;
import dvdquant.evaluate.store.Measured.Fidelity;
import dvdquant.evaluate.store.ModelFigures;
import dvdquant.evaluate.store.SamplingRecord;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Guidance;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.Prompt;
import dvdquant.models.pipeline.Sampling;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.StepRecord.Forward;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Results that nothing was run for. */
final class MadeUpResults {
    private final List<CandidateResults> candidates = new ArrayList<>();
    private final List<Sample> samples;

    MadeUpResults(int clips) {
        samples = Sample.of(List.of("a red circle"), clips, 42);
        List<ClipResults> own = samples.stream()
                .map(sample -> clip(sample, new Measured(Optional.empty(), 0.1, Optional.empty()), List.of(step(16))))
                .toList();
        candidates.add(new CandidateResults(Candidate.reference(), figures(), own));
    }

    /** Of a clip each: the latents' dB, and what goes with it. */
    MadeUpResults with(String bits, String method, double... latentsDb) {
        var clips = new ArrayList<ClipResults>();
        for (int i = 0; i < latentsDb.length; i++) {
            double db = latentsDb[i];
            var fidelity = new Fidelity(db, List.of(db + 10), List.of(0.9), Optional.of(List.of(1 / db)));
            clips.add(clip(samples.get(i), new Measured(Optional.of(fidelity), 0.1, Optional.empty()),
                    List.of(step(8), step(4))));
        }
        candidates.add(new CandidateResults(candidate(bits, method), figures(), clips));
        return this;
    }

    /** The last candidate's first clip came about by these steps. */
    MadeUpResults sampledBy(List<StepRecord> steps) {
        CandidateResults last = candidates.removeLast();
        var clips = new ArrayList<>(last.clips());
        clips.set(0, clip(clips.getFirst().sample(), clips.getFirst().measured(), steps));
        candidates.add(new CandidateResults(last.candidate(), last.model(), clips));
        return this;
    }

    Results results() {
        var request = new GenerationRequest(new Prompt("a red circle"), new ClipSize(5, 64, 64),
                new Sampling(2, Guidance.of(1)).withSeed(42), Acceleration.defaults());
        return new Results(new Plan("test", Path.of("model"), LoadOptions.defaults(), "cpu", request, 8, samples,
                candidates.stream().map(CandidateResults::candidate).toList()), candidates);
    }

    private static Candidate candidate(String bits, String method) {
        return new Candidate(bits + " " + method, method, bits, Standing.GENUINE,
                new ModelSource.Folder(Path.of(method)), Acceleration.defaults());
    }

    private static ModelFigures figures() {
        return new ModelFigures(4.13, 5.31, 1000, 0, 0, new LinkedHashMap<>());
    }

    private static ClipResults clip(Sample sample, Measured measured, List<StepRecord> steps) {
        return new ClipResults(sample, new SamplingRecord(steps, List.of(), 0), measured, Path.of("clip.mp4"));
    }

    private static StepRecord step(int bits) {
        return new StepRecord(0, 999, bits, List.of(Forward.COMPUTED), OptionalDouble.empty(), OptionalDouble.empty(),
                0.5);
    }
}
