package dvdquant.app.gpu;

import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.cuda.CudaDevice;
import dvdquant.cuda.CudaSettings;
import dvdquant.models.Pipelines;
import dvdquant.models.diffusion.ModelRecipe;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.SampledSteps;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.testing.Golden;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * What a pipeline made of one prompt and seed with the demo model, or a quantized form of it.
 *
 * @param latents after the last step
 * @param steps what was done at each step
 */
record Sampled(Latents latents, SampledSteps steps) {
    static final String PROMPT = "a large red circle moves right on a plain navy background";

    /** Opened once for all tests, as a program does it. */
    private static final Map<List<Object>, CudaDevice> DEVICES = new ConcurrentHashMap<>();

    /** On a GPU, as the driver counts. */
    static LoadOptions cuda(int index, CudaSettings settings) {
        return LoadOptions.defaults().withDevice(DEVICES.computeIfAbsent(List.of(index, settings),
                _ -> CudaDevice.open(index, settings)));
    }

    /** The demo model with 4-bit weights, in a new folder. */
    static Path quantized(Path folder, Method method) {
        return quantized(Golden.MODEL, folder, method);
    }

    /** A model with 4-bit weights, in a new folder. */
    static Path quantized(Path model, Path folder, Method method) {
        Path quantized = folder.resolve(method.label());
        ModelRecipe recipe = Pipelines.recipe(model, method.recipe(4));
        new Quantizer(recipe.recipe(), recipe.layers(), 2, true).run(model.toAbsolutePath(), quantized, (_, _) -> {});
        return quantized;
    }

    static Sampled of(Path model, LoadOptions options, UnaryOperator<GenerationRequest> change) {
        try (VideoPipeline pipeline = Pipelines.open(model, options)) {
            return of(pipeline, change);
        }
    }

    static Sampled of(VideoPipeline pipeline, UnaryOperator<GenerationRequest> change) {
        GenerationRequest request = change.apply(pipeline.request(PROMPT).withSeed(42));
        var steps = new ArrayList<StepRecord>();
        var listener = new PipelineListener() {
            @Override
            public void onStep(StepRecord step) {
                steps.add(step);
            }
        };
        Latents latents = pipeline.sample(request,
                pipeline.encode(request, PipelineListener.NONE, new Cancellation()), listener,
                new Cancellation());
        return new Sampled(latents, new SampledSteps(steps));
    }

    float[] values() {
        return latents.values();
    }
}
