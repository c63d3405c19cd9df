package dvdquant.app.compare;

import dvdquant.app.text.Version;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.Plan;
import dvdquant.evaluate.plan.Sample;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.VideoPipeline;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The model in full precision that a plan compares others with, and what its clips are like.
 *
 * @param load with the type to compute in, so that all models compute in the same
 * @param device that computes, for people
 * @param memory that it takes; a candidate's is checked when it is opened
 */
record PlannedModel(Path folder, LoadOptions load, String device, GenerationRequest request, int fps,
        MemoryPlan memory) {
    /**
     * @param request of a pipeline
     * @throws dvdquant.core.InputException if the model is quantized, or cannot make such clips
     */
    static PlannedModel open(Path folder, LoadOptions load, Function<VideoPipeline, GenerationRequest> request) {
        try (VideoPipeline pipeline = Pipelines.open(folder, load)) {
            Pipelines.requireFullPrecision(folder);
            GenerationRequest common = request.apply(pipeline);
            pipeline.check(common);
            MemoryPlan memory = pipeline.plan(common);
            memory.requireFits();
            return new PlannedModel(folder, load.withDtype(pipeline.dtype()), pipeline.device().describe(), common,
                    pipeline.defaults().fps(), memory);
        }
    }

    /** What there is to say before it is loaded. */
    List<String> notes() {
        return memory.lines().stream().map(line -> "memory: " + line).toList();
    }

    /** @param candidates beside the reference */
    Plan plan(List<Sample> samples, List<Candidate> candidates) {
        var all = new ArrayList<Candidate>();
        all.add(Candidate.reference());
        all.addAll(candidates);
        return new Plan(Version.CURRENT.program(), folder, load, device, request, fps, samples, all);
    }
}
