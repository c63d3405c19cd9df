package dvdquant.models.calibrate;

import dvdquant.core.quantize.CalibrationData;
import dvdquant.core.quantize.ChannelMaxima;
import dvdquant.models.Pipelines;
import dvdquant.models.nn.LayerObserver;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompts;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Prompt;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.tensor.Tensor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Samples some latents with a model in full precision, and keeps what the activations of its layers are like. */
public final class Calibration {
    private Calibration() {}

    /**
     * What came of it.
     *
     * @param data what was seen
     * @param seconds that it took, the loading included
     */
    public record Result(CalibrationData data, double seconds) {}

    /**
     * The same latents, and so the same data, for the same prompts and requests. Nothing is decoded.
     *
     * @param model a folder, in full precision
     * @param load what it computes in, and with how many threads
     * @param prompts one a clip
     * @param change what the clips have in common, made of the model's own request; its seed is that of the first prompt's noise, the
     *            next has the next
     * @param listener hears how far it is, on this thread
     * @param cancellation ends it from another thread, with a {@link java.util.concurrent.CancellationException}
     * @return what was seen, and how long that took
     * @throws dvdquant.core.InputException if the model cannot be used, is quantized, or does not fit in memory
     */
    public static Result run(Path model, LoadOptions load, List<Prompt> prompts,
            UnaryOperator<GenerationRequest> change, PipelineListener listener, Cancellation cancellation) {
        Pipelines.requireFullPrecision(model);
        long start = System.nanoTime();
        var maxima = new ModelObserver();
        try (VideoPipeline pipeline = Pipelines.open(model, load.withObserver(maxima))) {
            List<GenerationRequest> requests = new ArrayList<>();
            for (Prompt prompt : prompts) {
                GenerationRequest first = change.apply(pipeline.request(prompt.text()).with(prompt));
                requests.add(first.withSeed(first.sampling().seed() + requests.size()));
            }
            requests.forEach(pipeline::check);
            pipeline.plan(requests.getFirst()).requireFits();
            var texts = EncodedPrompts.of(requests, pipeline, listener, cancellation);
            for (GenerationRequest request : requests) {
                pipeline.sample(request, texts.of(request), listener, cancellation);
            }
        }
        return new Result(maxima.data(), (System.nanoTime() - start) / 1e9);
    }

    /** Each component's layers by themselves. */
    private static final class ModelObserver implements LayerObserver {
        private final Map<String, MaximaObserver> ofComponents = new HashMap<>();

        @Override
        public LayerObserver ofComponent(String component) {
            return ofComponents.computeIfAbsent(component, _ -> new MaximaObserver());
        }

        @Override
        public void observe(String layer, Tensor input) {
            throw new IllegalStateException("layer '" + layer + "' of no component");
        }

        CalibrationData data() {
            var data = new HashMap<String, ChannelMaxima>();
            ofComponents.forEach((component, maxima) -> data.put(component, new ChannelMaxima(maxima.ofLayers)));
            return new CalibrationData(data);
        }
    }

    /** Layers that read the same input one after the other, as those of an attention do, share one look at it. */
    private static final class MaximaObserver implements LayerObserver {
        private final Map<String, float[]> ofLayers = new HashMap<>();
        private Tensor last;
        private float[] ofLast;

        @Override
        public void observe(String layer, Tensor input) {
            if (input != last) {
                ofLast = maxima(input);
                last = input;
            }
            float[] known = ofLayers.computeIfAbsent(layer, _ -> new float[ofLast.length]);
            for (int k = 0; k < known.length; k++) {
                known[k] = Math.max(known[k], ofLast[k]);
            }
        }

        private static float[] maxima(Tensor input) {
            var maxima = new float[Math.toIntExact(input.dim(1))];
            LayerObserver.forTokens(input, values -> {
                for (int from = 0; from < values.length; from += maxima.length) {
                    for (int k = 0; k < maxima.length; k++) {
                        maxima[k] = Math.max(maxima[k], Math.abs(values[from + k]));
                    }
                }
            });
            return maxima;
        }
    }
}
