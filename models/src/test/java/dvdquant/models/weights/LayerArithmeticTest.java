package dvdquant.models.weights;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.quant.activations.ActivationRange;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quantize.CalibrationData;
import dvdquant.core.quantize.ChannelMaxima;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.quantize.Recipe;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.testing.Seeds;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.testing.Golden;
import dvdquant.models.wan.WanConfig;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** One quantized layer: the ways it can compute against each other, and files that are not what they say. */
@NoLeaks
class LayerArithmeticTest {
    private static final String LAYER = "blocks.0.attn1.to_q";
    private static final int IN = 256;
    private static final int TOKENS = 33;

    @TempDir
    Path folder;

    /** Quantizes one layer of the demo model. */
    private Path quantize(Recipe recipe) {
        float[] maxima = new float[IN];
        for (int k = 0; k < IN; k++) {
            maxima[k] = 0.5f + k % 7;
        }
        var data = new CalibrationData(Map.of("transformer", new ChannelMaxima(Map.of(LAYER, maxima))));
        Path target = folder.resolve("quantized");
        new Quantizer(recipe, new TreeMap<>(Map.of("transformer", LayerSelection.of(Pattern.quote(LAYER)))),
                Optional.of(data), 2, true)
                .run(Golden.MODEL.toAbsolutePath(), target, (_, _) -> {});
        return target.resolve("transformer");
    }

    private static float[] run(Path transformer, LayerArithmetic arithmetic, ActivationScheme scheme) {
        return run(transformer, arithmetic, scheme, Optional.empty());
    }

    private static float[] run(Path transformer, LayerArithmetic arithmetic, ActivationScheme scheme,
            Optional<Residence> residence) {
        float[] x = Seeds.gaussian(3, TOKENS * IN);
        try (var device = CpuDevice.open();
                var files = WeightLoader.open(transformer, WanConfig.read(transformer).layout());
                var _ = TensorScope.open()) {
            var layers = new LayerLoader(files, ElementType.F32, device, arithmetic, residence,
                    Optional.empty());
            return layers.linear(LAYER).forward(Tensor.ofFloats(x, TOKENS, IN), new Compute(device.kernels(), scheme))
                    .toFloats();
        }
    }

    private static float[] full() {
        return run(Golden.MODEL.resolve("transformer"), LayerArithmetic.INTEGER, ActivationScheme.ofBits(8));
    }

    @ParameterizedTest
    @CsvSource({"token, 8, 1", "token, 4, 0.9", "tensor, 4, 1", "tensor, 8, 0.8", "token-block-integer:128, 4, 1",
            "token-block-integer:64, 4, 0.9", "token-block-integer:128, 8, 1"})
    void integersAndTheirEmulationAgree(String scales, int bits, float clip) {
        var scheme = new ActivationScheme(new ActivationRange(bits), ActivationScales.parse(scales), clip);
        Path model = quantize(Method.DVD_QUANT.recipe(4).withSmoothing(Optional.of(0.5)).withLowRank(4));
        assertThat(RelativeError.of(run(model, LayerArithmetic.EMULATED, scheme),
                run(model, LayerArithmetic.INTEGER, scheme))).isLessThan(1e-5);
    }

    /** (x / s) (W s)ᵀ = x Wᵀ, and the same of rotations and of what a branch takes away: with all bits, all is as before. */
    @ParameterizedTest
    @EnumSource(Method.class)
    void smoothingRotationAndBranchesCancel(Method method) {
        Path model = quantize(method.recipe(8));
        float[] expected = full();
        var precise = new ActivationScheme(new ActivationRange(8),
                method.recipe(8).usual().activations().orElseThrow().scales());
        assertThat(RelativeError.of(run(model, LayerArithmetic.WEIGHTS_ONLY, precise), expected)).isLessThan(0.015);
        assertThat(RelativeError.of(run(model, LayerArithmetic.EMULATED, precise), expected)).isLessThan(0.025);
    }

    /** Integer products are exact: how weights rest changes no bit of them. Restored ones are made by another order of sums. */
    @ParameterizedTest
    @CsvSource({"4, 0", "4, 4", "6, 0", "8, 4"})
    void packedWeightsGiveWhatExpandedOnesDo(int bits, int lowRank) {
        Path model = quantize(Method.DVD_QUANT.recipe(bits).withSmoothing(Optional.of(0.5)).withLowRank(lowRank));
        var scheme = ActivationScheme.ofBits(8);
        assertThat(run(model, LayerArithmetic.INTEGER, scheme, Optional.of(Residence.PACKED)))
                .isEqualTo(run(model, LayerArithmetic.INTEGER, scheme, Optional.of(Residence.EXPANDED)));
        assertThat(RelativeError.of(run(model, LayerArithmetic.WEIGHTS_ONLY, scheme, Optional.of(Residence.PACKED)),
                run(model, LayerArithmetic.WEIGHTS_ONLY, scheme, Optional.of(Residence.EXPANDED)))).isLessThan(1e-6);
    }

    @Test
    void onlyAnEmulationRunsGroupsWithStepsOfTheirOwn() {
        Path model = quantize(Method.SVDQUANT.recipe(4));
        assertThatThrownBy(() -> run(model, LayerArithmetic.INTEGER, ActivationScheme.ofBits(8)))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("steps of their own");
    }

    @ParameterizedTest
    @CsvSource({"0", "-1", "NaN", "Infinity", "1e-40"})
    void divisorsThatAreNotPositiveAreErrors(float divisor) throws IOException {
        Path model = quantize(Method.SMOOTHQUANT.recipe(4));
        overwrite(model, LAYER + ".smooth", ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(divisor));
        assertThatThrownBy(() -> run(model, LayerArithmetic.INTEGER, ActivationScheme.ofBits(8)))
                .isInstanceOf(InputException.class).hasMessageContaining("'" + LAYER + ".smooth' holds");
    }

    private static void overwrite(Path transformer, String tensor, ByteBuffer bytes) throws IOException {
        Path file = transformer.resolve("diffusion_pytorch_model.safetensors");
        long at;
        try (var checkpoint = Checkpoint.open(transformer)) {
            var tensors = checkpoint.tensors();
            long base = tensors.values().stream().mapToLong(t -> t.data().address()).min().orElseThrow();
            at = Files.size(file) - checkpoint.sizeBytes() + tensors.get(tensor).data().address() - base;
        }
        try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(at);
            raw.write(bytes.array());
        }
    }

    /** A configuration that says something else than the file holds, or nothing that can be. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "low_rank" : 32     | "low_rank" : 16      | of another shape
            "low_rank" : 32     | "low_rank" : 257     | rank 257 is no less than the weight
            "low_rank" : 32     | "low_rank" : -1      | "low_rank" is -1
            "group_size" : 64   | "group_size" : 96    | groups of 96 columns do not divide 256
            "group_size" : 64   | "group_size" : 32    | of another shape
            token-block:64      | token-block:96       | blocks of 96 channels do not divide 256
            token-block:64      | tokens               | activation scales 'tokens', expected tensor
            "smoothing" : 0.5   | "smoothing" : 2      | "smoothing" is 2, expected an exponent
            "clip" : 1.0        | "clip" : 0           | a clip of '0.0', expected none
            "clip" : 1.0        | "clip" : "less"      | a clip of 'less', expected none
            "free"              | "dear"               | "group_steps" is "dear"
            "symmetric" : true  | "symmetric" : false  | "scales" is "group-steps", expected
            "minmax"            | "best"               | "rounding" is "best"
            """)
    void configurationsThatDoNotFitAreErrors(String from, String to, String expected) throws IOException {
        Path model = quantize(Method.SVDQUANT.recipe(4));
        Path config = model.resolve("config.json");
        String text = Files.readString(config);
        assertThat(text).contains(from);
        Files.writeString(config, text.replace(from, to));
        assertThatThrownBy(() -> WeightLoader.open(model, WanConfig.read(model).layout()))
                .isInstanceOf(InputException.class).hasMessageContaining(model.toString())
                .hasMessageContaining(expected);
    }
}
