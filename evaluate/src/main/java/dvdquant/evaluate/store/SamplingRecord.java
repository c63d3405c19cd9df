package dvdquant.evaluate.store;

import dvdquant.models.pipeline.StepRecord;

import java.util.List;

/**
 * How a clip's latents came about.
 *
 * @param steps of the sampler
 * @param stepDb signal over error of the latents after each step, against the reference's, infinite while they are
 *        equal; empty where that was not followed
 * @param peakBytes the most memory that the process held meanwhile; 0 where the system does not say
 */
public record SamplingRecord(List<StepRecord> steps, List<Double> stepDb, long peakBytes) {
    public SamplingRecord {
        steps = List.copyOf(steps);
        stepDb = List.copyOf(stepDb);
    }
}
