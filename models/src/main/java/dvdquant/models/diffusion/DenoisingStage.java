package dvdquant.models.diffusion;

import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.schedule.SamplerRun;
import dvdquant.models.schedule.Scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * The steps, one after the other, that one transformer takes.
 *
 * @param transformer its component
 * @param first step
 * @param end the step after the last
 */
record DenoisingStage(String transformer, int first, int end) {
    static List<DenoisingStage> of(DiffusionModel model, GenerationRequest request) {
        double[] timesteps = sampler(model, request).timesteps();
        var stages = new ArrayList<DenoisingStage>();
        int first = 0;
        for (int step = 1; step <= timesteps.length; step++) {
            String transformer = model.transformerAt(timesteps[first], request.sampling());
            if (step < timesteps.length
                    && model.transformerAt(timesteps[step], request.sampling()).equals(transformer)) {
                continue;
            }
            stages.add(new DenoisingStage(transformer, first, step));
            first = step;
        }
        return stages;
    }

    /** Flags of all steps, without those that are not its own. */
    List<Boolean> only(List<Boolean> flags) {
        return IntStream.range(0, flags.size()).mapToObj(step -> step >= first && step < end && flags.get(step))
                .toList();
    }

    /** Begins a run of the request's steps. */
    static SamplerRun sampler(DiffusionModel model, GenerationRequest request) {
        Scheduler scheduler = model.scheduler();
        OptionalDouble shift = request.sampling().flowShift();
        return (shift.isPresent() ? scheduler.withShift(shift.getAsDouble()) : scheduler)
                .start(request.sampling().steps());
    }
}
