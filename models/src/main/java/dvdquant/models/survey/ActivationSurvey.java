package dvdquant.models.survey;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.models.Pipelines;
import dvdquant.models.given.AskedSize;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompts;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.Prompt;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.VideoPipeline;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;

/**
 * What a model in full precision computes with while it samples: the paper's observations (DVD-Quant §3.2, §3.3), that channels
 * differ and change over the steps, and that its output changes most at the ends.
 *
 * @param layers by their order in the model; those of a second transformer after the first's, with 0 at the steps that it did not take
 * @param runs of the prompts, in order
 * @param sampled the request of the first prompt
 */
public record ActivationSurvey(List<LayerActivations> layers, List<Run> runs, GenerationRequest sampled) {

    /** What was sampled from a prompt. */
    public record Run(String prompt, List<StepRecord> steps) {
        public Run {
            steps = List.copyOf(steps);
        }
    }

    /**
     * What to look at.
     *
     * @param model a folder, in full precision
     * @param steps empty: the model's own number
     * @param seed of the noise, for all prompts
     * @param threads empty: as many as there are cores
     * @param rotation that is compared with none
     */
    public record Request(Path model, List<Prompt> prompts, OptionalInt steps, long seed, OptionalInt threads,
            Rotation rotation) {}

    /**
     * Samples each prompt; nothing is decoded.
     *
     * @throws InputException if the model cannot be used, is quantized, or has layers that cannot be rotated so
     */
    public static ActivationSurvey run(Request asked, PipelineListener listener, Cancellation cancellation) {
        Pipelines.requireFullPrecision(asked.model);
        SequencedMap<String, LayerSelection> selections = Pipelines.quantizedLayers(asked.model);
        selections.forEach((component, selection) -> requireFits(asked, component, selection));
        LoadOptions options = LoadOptions.defaults();
        if (asked.threads.isPresent()) options = options.withThreads(asked.threads.getAsInt());
        var observer = new ActivationObserver(selections, asked.rotation);
        try (VideoPipeline pipeline = Pipelines.open(asked.model, options.withObserver(observer))) {
            List<GenerationRequest> requests = asked.prompts.stream()
                    .map(prompt -> pipeline.request(prompt.text()).with(prompt)
                            .with(AskedSize.NONE.of(pipeline, prompt.images()))
                            .withSteps(asked.steps.orElse(pipeline.defaults().steps())).withSeed(asked.seed))
                    .toList();
            List<Run> runs = sample(pipeline, requests, observer, listener, cancellation);
            return new ActivationSurvey(observer.result(), runs, requests.getFirst());
        }
    }

    private static void requireFits(Request asked, String component, LayerSelection selection) {
        Pipelines.transformerLayout(asked.model.resolve(component)).shapes().forEach((name, shape) -> {
            if (TensorLayout.layerOf(name).filter(selection::selects).isEmpty()) return;
            try {
                asked.rotation.forColumns(Math.toIntExact(shape.dim(1)));
            } catch (IllegalArgumentException e) {
                throw new InputException(asked.model + ": tensor '" + name + "' " + shape + ": " + e.getMessage(), e);
            }
        });
    }

    private static List<Run> sample(VideoPipeline pipeline, List<GenerationRequest> requests,
            ActivationObserver observer, PipelineListener listener, Cancellation cancellation) {
        requests.forEach(pipeline::check);
        requests.forEach(request -> pipeline.plan(request).requireFits());
        var texts = EncodedPrompts.of(requests, pipeline, listener, cancellation);
        var runs = new ArrayList<Run>();
        for (GenerationRequest request : requests) {
            var steps = new ArrayList<StepRecord>();
            pipeline.sample(request, texts.of(request), new StepEnds(steps, observer, listener), cancellation);
            runs.add(new Run(request.prompt().text(), steps));
        }
        return runs;
    }

    private record StepEnds(List<StepRecord> steps, ActivationObserver observer, PipelineListener listener)
            implements
                PipelineListener {
        @Override
        public void onProgress(Progress progress) {
            listener.onProgress(progress);
        }

        @Override
        public void onStep(StepRecord step) {
            observer.endStep(step.step());
            steps.add(step);
        }

        @Override
        public void onWarning(String warning) {
            listener.onWarning(warning);
        }
    }

    /** The layers by how much their largest channel is over the median one, the worst first. */
    public List<LayerActivations> mostExtremeFirst() {
        return layers.stream().sorted(Comparator.comparingDouble(layer -> -layer.asIs().outlierRatio())).toList();
    }
}
