package dvdquant.models.wan;

import dvdquant.core.checkpoint.ActivationChoice;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.models.Pipelines;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.nn.LayerObserver;
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

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;

/** Each method on the layers of each layout: what quantizing costs a layer's output depends on the method, not on the layout. */
@NoLeaks
class WanLayoutsQuantizationTest {
    private static final List<String> LAYOUTS = List.of("wan21-i2v", "wan21-flf2v", "wan22-i2v-a14b", "wan22-ti2v-5b");

    @TempDir
    static Path models;

    @TempDir
    Path folder;

    /** A layer's input in full precision. */
    private record Input(float[] values, long tokens, long channels) {}

    private static final Map<Path, Model> MODELS = new LinkedHashMap<>();

    /** A model, and what was seen of it. */
    private record Model(Calibration.Result calibration, Map<String, Input> inputs) {}

    @BeforeAll
    static void look() {
        var paths = new ArrayList<>(List.of(Golden.MODEL));
        LAYOUTS.forEach(layout -> paths.add(RuledModel.write(layout, models)));
        for (Path model : paths) {
            Calibration.Result calibration = Calibration.run(model, LoadOptions.defaults(),
                    List.of(new Prompt("a small blue ring grows on a plain gray background")),
                    request -> small(request, model).withSeed(7), PipelineListener.NONE, new Cancellation());
            MODELS.put(model, new Model(calibration, inputs(model)));
        }
    }

    /** Of two steps, which A14B's transformers share. */
    private static GenerationRequest small(GenerationRequest request, Path model) {
        ImagePrompt images = ImagePrompt.of(Golden.picture("wan21-flf2v.first"));
        return request.withSize(5, 96, 96).withSteps(2).withImages(model.equals(Golden.MODEL)
                ? ImagePrompt.NONE
                : model.endsWith("wan21-flf2v") ? images.withLast(Golden.picture("wan21-flf2v.last")) : images);
    }

    private static Map<String, Input> inputs(Path model) {
        var inputs = new HashMap<String, Input>();
        try (VideoPipeline pipeline = Pipelines.open(model, LoadOptions.defaults().withObserver(new LayerObserver() {
            @Override
            public void observe(String layer, Tensor input) {
                throw new IllegalStateException(layer);
            }

            @Override
            public LayerObserver ofComponent(String component) {
                return (layer, input) -> inputs.put(component + "/" + layer,
                        new Input(input.toFloats(), input.dim(0), input.dim(1)));
            }
        }))) {
            GenerationRequest request = small(
                    pipeline.request("a large red circle moves right on a plain navy background"), model).withSeed(42);
            EncodedPrompt prompt = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            pipeline.sample(request, prompt, PipelineListener.NONE, new Cancellation());
        }
        return inputs;
    }

    @ParameterizedTest
    @EnumSource(Method.class)
    void layersLoseAsMuch(Method method) {
        var byModel = new TreeMap<String, Map<String, List<Double>>>();
        MODELS.forEach((model, seen) -> byModel.put(model.getFileName().toString(), errors(method, model, seen)));
        byModel.forEach((name, kinds) -> {
            System.out.println("== " + method.label() + " " + name);
            kinds.forEach((kind, dbs) -> System.out.printf("   %-18s %s%n", kind,
                    dbs.stream().map(db -> String.format("%.1f", db)).toList()));
        });
    }

    private Map<String, List<Double>> errors(Method method, Path model, Model seen) {
        Path quantized = folder.resolve(model.getFileName());
        var recipe = method.recipe(4);
        new Quantizer(recipe, Pipelines.quantizedLayers(model),
                recipe.needsCalibration() ? Optional.of(seen.calibration.data()) : Optional.empty(), 2, true)
                .run(model.toAbsolutePath(), quantized, (_, _) -> {});
        var kinds = new TreeMap<String, List<Double>>();
        try (var device = CpuDevice.open()) {
            Pipelines.quantizedLayers(model).keySet().forEach(component -> {
                Path full = model.resolve(component);
                QuantizedFormat format = QuantizedFormat.of(quantized.resolve(component)).orElseThrow();
                var layout = Pipelines.transformerLayout(full);
                try (var before = WeightLoader.open(full, layout);
                        var after = WeightLoader.open(quantized.resolve(component), layout);
                        var _ = TensorScope.open()) {
                    var of = new LayerLoader(before, ElementType.F32, device, format.arithmetic(ActivationChoice.OWN),
                            Optional.empty(), Optional.empty());
                    var to = new LayerLoader(after, ElementType.F32, device, format.arithmetic(ActivationChoice.OWN),
                            Optional.empty(), Optional.empty());
                    for (String layer : format.layers()) {
                        Input input = seen.inputs.get(component + "/" + layer);
                        kinds.computeIfAbsent(layer.replaceFirst("blocks\\.\\d+\\.", ""), _ -> new ArrayList<>())
                                .add(db(input, of, to, layer, device));
                    }
                }
            });
        }
        return kinds;
    }

    private static double db(Input input, LayerLoader of, LayerLoader to, String layer, ComputeDevice device) {
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.ofFloats(input.values, input.tokens, input.channels);
            var compute = new Compute(device.kernels(), StepActivations.ofBits(8, Optional.empty()));
            return Sqnr.db(to.linear(layer).forward(x, compute).toFloats(),
                    of.linear(layer).forward(x, compute).toFloats());
        }
    }
}
