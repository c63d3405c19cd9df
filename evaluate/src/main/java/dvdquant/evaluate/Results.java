package dvdquant.evaluate;

import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.Plan;
import dvdquant.evaluate.plan.Sample;
import dvdquant.evaluate.store.Measured;
import dvdquant.evaluate.store.ModelFigures;
import dvdquant.evaluate.store.SamplingRecord;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * All that was found.
 *
 * @param candidates the reference first
 */
public record Results(Plan plan, List<CandidateResults> candidates) {
    /** A candidate's, its clips in the order of the plan's samples. */
    public record CandidateResults(Candidate candidate, ModelFigures model, List<ClipResults> clips) {
        /** What {@code measure} says of each clip. */
        public double[] each(Function<ClipResults, Double> measure) {
            return clips.stream().mapToDouble(measure::apply).toArray();
        }
    }

    /** A clip's. */
    public record ClipResults(Sample sample, SamplingRecord sampling, Measured measured, Path file) {}

    static Results of(Plan plan, List<ClipJob> jobs, CandidateModels models) {
        return new Results(plan, plan.candidates().stream()
                .map(candidate -> new CandidateResults(candidate, models.figures(candidate.model()),
                        jobs.stream().filter(job -> job.candidate().equals(candidate)).map(Results::of).toList()))
                .toList());
    }

    private static ClipResults of(ClipJob job) {
        return new ClipResults(job.sample(), job.clip().sampling().orElseThrow(),
                job.clip().measured(job.measuring()).orElseThrow(), job.clip().file());
    }

    public CandidateResults reference() {
        return candidates.getFirst();
    }

    /** The results of a method at a bit-width. */
    public Optional<CandidateResults> of(String method, String bits) {
        return candidates.stream()
                .filter(c -> c.candidate().method().equals(method) && c.candidate().bits().equals(bits)).findFirst();
    }
}
