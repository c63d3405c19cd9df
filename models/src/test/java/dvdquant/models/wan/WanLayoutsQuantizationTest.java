package dvdquant.models.wan;

import dvdquant.core.checkpoint.ActivationChoice;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.core.quantize.CalibrationData;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.models.Pipelines;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.nn.LayerObserver;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Prompt;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.prompts.ImagePrompt;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.RuledModel;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Each method on the layers of each layout: what quantizing costs a layer's output depends on the method, not on the layout. */
@NoLeaks
class WanLayoutsQuantizationTest {
    private static final String OF_TEXTS = "wan22-t2v-a14b";
    private static final List<String> LAYOUTS = List.of("wan21-i2v", "wan21-flf2v", "wan22-i2v-a14b", "wan22-ti2v-5b");
    private static final String PROMPT = "a large red circle moves right on a plain navy background";
    private static final double A8 = 16;
    private static final double A4 = 14;

    @TempDir
    static Path models;

    @TempDir
    Path folder;

    /** A layer's input in full precision. */
    private record Input(float[] values, long tokens, long channels) {
        float[] forward(LayerLoader layers, String name) {
            try (var _ = TensorScope.open()) {
                return layers.linear(name).forward(Tensor.ofFloats(values, tokens, channels),
                        new Compute(layers.kernels(), StepActivations.ofBits(8, Optional.empty()))).toFloats();
            }
        }
    }

    /** What was seen of a model, with inputs by component and layer. */
    private record Seen(CalibrationData calibration, Map<String, Input> inputs) {}

    private static final Map<String, Seen> MODELS = new HashMap<>();

    @BeforeAll
    static void look() {
        Stream.concat(Stream.of(OF_TEXTS), LAYOUTS.stream()).forEach(layout -> {
            Path model = RuledModel.write(layout, models);
            CalibrationData calibration = Calibration.run(model, LoadOptions.defaults(),
                    List.of(new Prompt("a small blue ring grows on a plain gray background")),
                    request -> small(request, layout).withSeed(7), PipelineListener.NONE, new Cancellation()).data();
            MODELS.put(layout, new Seen(calibration, inputs(model)));
        });
    }

    /** Of two steps, which A14B's transformers share. */
    private static GenerationRequest small(GenerationRequest request, String layout) {
        GenerationRequest small = request.withSize(5, 96, 96).withSteps(2);
        if (layout.equals(OF_TEXTS)) return small;
        ImagePrompt images = ImagePrompt.of(Golden.picture("wan21-flf2v.first"));
        return small.withImages(
                layout.equals("wan21-flf2v") ? images.withLast(Golden.picture("wan21-flf2v.last")) : images);
    }

    private static Map<String, Input> inputs(Path model) {
        var inputs = new HashMap<String, Input>();
        var observer = new LayerObserver() {
            @Override
            public void observe(String layer, Tensor input) {
                throw new IllegalStateException(layer);
            }

            @Override
            public LayerObserver ofComponent(String component) {
                return (layer, input) -> inputs.put(component + "/" + layer,
                        new Input(input.toFloats(), input.dim(0), input.dim(1)));
            }
        };
        try (VideoPipeline pipeline = Pipelines.open(model, LoadOptions.defaults().withObserver(observer))) {
            GenerationRequest request = small(pipeline.request(PROMPT), model.getFileName().toString()).withSeed(42);
            EncodedPrompt prompt = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            pipeline.sample(request, prompt, PipelineListener.NONE, new Cancellation());
        }
        return inputs;
    }

    /**
     * Of the demo model, which was trained, layers lose less (21 to 40 dB): its weights and inputs have fewer directions than random ones. What
     * can be compared are layouts whose weights follow from one rule.
     */
    @ParameterizedTest
    @EnumSource(Method.class)
    void layersLoseAsMuchAsThoseOfAModelOfTexts(Method method) {
        double ofTexts = mean(errors(method, OF_TEXTS).values());
        for (String layout : LAYOUTS) {
            Map<String, List<Double>> errors = errors(method, layout);
            assertThat(errors).containsKeys("attn1.to_q", "attn2.to_out.0", "ffn.net.2");
            assertThat(errors.containsKey("attn2.add_k_proj")).isEqualTo(layout.startsWith("wan21"));
            double all = mean(errors.values());
            assertThat(all).as(layout).isCloseTo(ofTexts, within(1.0));
            errors.forEach((kind, ofKind) -> {
                if (kind.contains("add_")) {
                    assertThat(mean(List.of(ofKind))).as(layout + " " + kind).isGreaterThan(all - 1);
                }
            });
        }
    }

    private static double mean(Collection<List<Double>> errors) {
        return errors.stream().flatMap(List::stream).mapToDouble(db -> db).average().orElseThrow();
    }

    /** At 8 bits, at 4 bits, with activations as they are, and emulated: a layer that read something else would fall under these floors. */
    @ParameterizedTest
    @ValueSource(strings = {"wan21-i2v", "wan21-flf2v", "wan22-i2v-a14b", "wan22-ti2v-5b"})
    void quantizesAndSamples(String layout) {
        Path quantized = quantize(Method.DVD_QUANT, layout);
        float[] full = sample(models.resolve(layout), Acceleration.defaults());
        Acceleration a8 = Acceleration.defaults().withActivations(new BitPlan.Fixed(8));
        double integer = Sqnr.db(sample(quantized, a8), full);
        assertThat(integer).isGreaterThan(A8);
        assertThat(Sqnr.db(sample(quantized, a8.withActivations(new BitPlan.Fixed(4))), full)).isBetween(A4, integer);
        assertThat(Sqnr.db(sample(quantized, a8.withActivations(new BitPlan.Full())), full)).isGreaterThan(A8);
        assertThat(Sqnr.db(sample(quantized, a8.withScales(new ActivationScales.PerBlock(128))), full))
                .isGreaterThan(A8);
    }

    /** Latents after two steps. */
    private static float[] sample(Path model, Acceleration acceleration) {
        try (VideoPipeline pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            GenerationRequest request = small(pipeline.request(PROMPT), model.getFileName().toString()).withSeed(42)
                    .withGuidance(1).with(acceleration);
            EncodedPrompt prompt = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            return pipeline.sample(request, prompt, PipelineListener.NONE, new Cancellation()).values();
        }
    }

    private Path quantize(Method method, String layout) {
        Path target = folder.resolve(layout);
        var recipe = method.recipe(4);
        new Quantizer(recipe, Pipelines.quantizedLayers(models.resolve(layout)),
                recipe.needsCalibration() ? Optional.of(MODELS.get(layout).calibration) : Optional.empty(), 2, true)
                .run(models.resolve(layout).toAbsolutePath(), target, (_, _) -> {});
        return target;
    }

    /** Of each kind of layers, SQNRs of W4A8. */
    private Map<String, List<Double>> errors(Method method, String layout) {
        Path model = models.resolve(layout);
        Path quantized = quantize(method, layout);
        var errors = new TreeMap<String, List<Double>>();
        try (var device = CpuDevice.open()) {
            for (String component : Pipelines.quantizedLayers(model).keySet()) {
                QuantizedFormat format = QuantizedFormat.of(quantized.resolve(component)).orElseThrow();
                TensorLayout tensors = Pipelines.transformerLayout(model.resolve(component));
                try (var full = WeightLoader.open(model.resolve(component), tensors);
                        var codes = WeightLoader.open(quantized.resolve(component), tensors);
                        var _ = TensorScope.open()) {
                    LayerLoader before = loader(full, format, device);
                    LayerLoader after = loader(codes, format, device);
                    for (String layer : format.layers()) {
                        Input input = MODELS.get(layout).inputs.get(component + "/" + layer);
                        errors.computeIfAbsent(layer.replaceFirst("blocks\\.\\d+\\.", ""), _ -> new ArrayList<>())
                                .add(Sqnr.db(input.forward(after, layer), input.forward(before, layer)));
                    }
                }
            }
        }
        return errors;
    }

    private static LayerLoader loader(WeightLoader weights, QuantizedFormat format, ComputeDevice device) {
        return new LayerLoader(weights, ElementType.F32, device, format.arithmetic(ActivationChoice.OWN),
                Optional.empty(), Optional.empty());
    }
}
