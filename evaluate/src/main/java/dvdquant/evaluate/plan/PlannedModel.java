package dvdquant.evaluate.plan;

import dvdquant.models.Pipelines;
import dvdquant.models.given.GivenPrompt;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.VideoPipeline;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * The model in full precision that a plan compares others with, and what its clips are like.
 *
 * @param load with the type to compute in, so that all models compute in the same
 * @param device that computes, for people
 * @param request what clips have in common: that of a text alone, if there is one
 * @param clips one for each prompt
 * @param memory that it takes; a candidate's is checked when it is opened
 */
public record PlannedModel(Path folder, LoadOptions load, String device, GenerationRequest request,
        List<GenerationRequest> clips, int fps, MemoryPlan memory) {
    /**
     * @param request of a prompt to a pipeline
     * @throws dvdquant.core.InputException if the model is quantized, or cannot make such clips
     */
    public static PlannedModel open(Path folder, LoadOptions load, List<GivenPrompt> prompts,
            BiFunction<VideoPipeline, GivenPrompt, GenerationRequest> request) {
        try (VideoPipeline pipeline = Pipelines.open(folder, load)) {
            Pipelines.requireFullPrecision(folder);
            List<GenerationRequest> clips = prompts.stream().map(prompt -> request.apply(pipeline, prompt)).toList();
            clips.forEach(pipeline::check);
            List<MemoryPlan> memory = ofEachSize(clips).map(pipeline::plan).toList();
            memory.forEach(MemoryPlan::requireFits);
            GenerationRequest common = clips.stream().filter(clip -> clip.prompt().images().isEmpty()).findFirst()
                    .orElse(clips.getFirst());
            return new PlannedModel(folder, load.withDtype(pipeline.dtype()), pipeline.device().describe(), common,
                    clips, pipeline.defaults().fps(), memory.getFirst());
        }
    }

    private static Stream<GenerationRequest> ofEachSize(List<GenerationRequest> clips) {
        var bySize = new LinkedHashMap<ClipSize, GenerationRequest>();
        clips.forEach(clip -> bySize.putIfAbsent(clip.size(), clip));
        return bySize.sequencedValues().stream();
    }

    /** @throws dvdquant.core.InputException if another model cannot make the clips in its way */
    public void requireOf(VideoPipeline pipeline, Acceleration by) {
        List<GenerationRequest> accelerated = clips.stream().map(clip -> clip.with(by)).toList();
        accelerated.forEach(pipeline::check);
        ofEachSize(accelerated).forEach(clip -> pipeline.plan(clip).requireFits());
    }

    /** @param each clips of a prompt, from one seed after the other */
    public List<Sample> samples(List<GivenPrompt> prompts, int each, long seed) {
        return Sample.of(prompts, clips.stream().map(GenerationRequest::size).toList(), each, seed);
    }

    /** What there is to say before it is loaded. */
    public List<String> notes() {
        return memory.lines().stream().map(line -> "memory: " + line).toList();
    }

    /**
     * @param program its version
     * @param candidates beside the reference
     */
    public Plan plan(String program, List<Sample> samples, List<Candidate> candidates) {
        var all = new ArrayList<Candidate>();
        all.add(Candidate.reference());
        all.addAll(candidates);
        return new Plan(program, folder, load, device, request, fps, samples, all);
    }
}
