package dvdquant.models.weights;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.safetensors.SafetensorsWriter;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.core.testing.Seeds;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.nn.Linear;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;

import static org.assertj.core.api.Assertions.assertThat;

/** A layer without a bias computes, quantized or not, what one with a bias of zeros does. */
@NoLeaks
class BiaslessLayerTest {
    private static final String MATRIX = "bare.proj";
    private static final String LINEAR = "usual.proj";
    private static final int IN = 256;
    private static final int OUT = 96;
    private static final TensorLayout LAYOUT = new TensorLayout().tensor(TensorLayout.weightOf(MATRIX), OUT, IN)
            .linear(LINEAR, OUT, IN);

    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        Path component = Files.createDirectories(folder.resolve("full/transformer"));
        Files.writeString(component.resolve("config.json"), "{}");
        List<TensorSpec> specs = LAYOUT.shapes().entrySet().stream()
                .map(tensor -> new TensorSpec(tensor.getKey(), ElementType.F32, tensor.getValue())).toList();
        try (var writer = SafetensorsWriter.create(component.resolve("diffusion_pytorch_model.safetensors"), specs,
                Map.of())) {
            for (TensorSpec spec : specs) {
                float[] values = spec.shape().rank() == 1 ? new float[OUT] : Seeds.gaussian(1, OUT * IN);
                writer.write(spec.name(), MemorySegment.ofArray(values));
            }
            writer.commit();
        }
    }

    private Path quantize(Method method) {
        new Quantizer(method.recipe(4), new TreeMap<>(Map.of("transformer", LayerSelection.of(".*\\.proj"))), 2, false)
                .run(folder.resolve("full"), folder.resolve("quantized"), (_, _) -> {});
        return folder.resolve("quantized/transformer");
    }

    private static float[] run(Path component, LayerArithmetic arithmetic, Residence residence,
            BiFunction<LayerLoader, String, Linear> layer, String name) {
        try (var device = CpuDevice.open();
                var files = WeightLoader.open(component, LAYOUT);
                var _ = TensorScope.open()) {
            var layers = new LayerLoader(files, ElementType.F32, device, arithmetic, Optional.of(residence),
                    Optional.empty());
            return layer.apply(layers, name).forward(Tensor.ofFloats(Seeds.gaussian(2, 7 * IN), 7, IN),
                    new Compute(device.kernels(), ActivationScheme.ofBits(8))).toFloats();
        }
    }

    private static float[] matrix(Path component, LayerArithmetic arithmetic, Residence residence) {
        return run(component, arithmetic, residence, (layers, name) -> layers.matrix(name, OUT, IN), MATRIX);
    }

    private static float[] linear(Path component, LayerArithmetic arithmetic, Residence residence) {
        return run(component, arithmetic, residence, LayerLoader::linear, LINEAR);
    }

    @ParameterizedTest
    @CsvSource({"INTEGER, PACKED", "INTEGER, EXPANDED", "EMULATED, EXPANDED", "WEIGHTS_ONLY, PACKED",
            "WEIGHTS_ONLY, EXPANDED"})
    void computesAsWithZeros(LayerArithmetic arithmetic, Residence residence) {
        Path component = quantize(Method.DVD_QUANT);
        float[] bare = matrix(component, arithmetic, residence);
        assertThat(bare).isEqualTo(linear(component, arithmetic, residence));
        float[] full = matrix(folder.resolve("full/transformer"), arithmetic, residence);
        assertThat(RelativeError.of(bare, full)).isBetween(1e-3, 0.2);
    }

    @Test
    void inFullPrecisionToo() {
        Path component = folder.resolve("full/transformer");
        assertThat(matrix(component, LayerArithmetic.INTEGER, Residence.EXPANDED))
                .isEqualTo(linear(component, LayerArithmetic.INTEGER, Residence.EXPANDED));
    }
}
