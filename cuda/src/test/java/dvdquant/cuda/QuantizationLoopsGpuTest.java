package dvdquant.cuda;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationQuantizer;
import dvdquant.core.quant.activations.ActivationRange;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.activations.QuantizedActivations;
import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.testing.Seeds;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.ReferenceKernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** The fused quantization where each group of threads takes many tokens, against {@code core}'s plain loops after norms in f64. */
@Gpu
class QuantizationLoopsGpuTest {
    private static final double EPS = 1e-6;
    private static final Rotation ROTATION = new Rotation.Blocks(128, 5);

    /** What is done before the rotation. */
    private enum Before {
        NOTHING,
        LAYER_NORM,
        GELU
    }

    private static Stream<Arguments> cases() {
        return IntStream.of(256, 1536, 5120, 13_824).boxed()
                .flatMap(channels -> Arrays.stream(Before.values())
                        .flatMap(before -> Stream.of(ElementType.BF16, ElementType.F32)
                                .flatMap(type -> IntStream.of(8, 4).mapToObj(
                                        bits -> Arguments.of(channels, before, type, bits)))));
    }

    /** A scale a token at 8 bits, integer multipliers and clipped values at 4. */
    @ParameterizedTest(name = "{0} channels, {1}, {2}, {3} bits")
    @MethodSource("cases")
    void codesAreThoseOfTheReference(int channels, Before before, ElementType type, int bits) {
        compare(channels, before, type, ROTATION, ActivationScheme.ofBits(bits));
    }

    /** Two passes over the tokens. */
    @ParameterizedTest
    @CsvSource({"1536, NOTHING, BF16, 4", "5120, LAYER_NORM, BF16, 8", "256, GELU, F32, 8"})
    void oneScaleForAllTokens(int channels, Before before, ElementType type, int bits) {
        compare(channels, before, type, ROTATION, oneScale(bits));
    }

    private static ActivationScheme oneScale(int bits) {
        return new ActivationScheme(new ActivationRange(bits), new ActivationScales.PerTensor());
    }

    /** Over all channels and in blocks of other sizes, by libtorch: a baseline's. */
    @ParameterizedTest
    @CsvSource({"0, 1536, NOTHING, BF16, 8", "0, 1536, LAYER_NORM, F32, 4", "0, 5120, LAYER_NORM, BF16, 8",
            "0, 13824, GELU, BF16, 8", "0, 8960, GELU, F32, 4", "0, 256, GELU, F32, 8", "16, 1536, LAYER_NORM, BF16, 8",
            "512, 1536, NOTHING, F32, 4"})
    void otherRotations(int block, int channels, Before before, ElementType type, int bits) {
        Rotation rotation = block == 0 ? new Rotation.Full(5) : new Rotation.Blocks(block, 5);
        compare(channels, before, type, rotation, ActivationScheme.ofBits(bits));
        compare(channels, before, type, rotation, oneScale(bits));
    }

    private static void compare(int channels, Before before, ElementType type, Rotation rotation,
            ActivationScheme scheme) {
        try (var _ = TensorScope.open();
                ComputeDevice device = CudaDevice.open(0, Gpu.Settings.of(AttentionMode.EXACT))) {
            Tensor different = ManyTokens.different(channels, channels, type);
            Tensor x = ManyTokens.repeated(different, device.device());
            float[] gain = Seeds.gaussian(2, channels);
            float[] offset = Seeds.gaussian(3, channels);
            QuantizedRows found = switch (before) {
                case NOTHING -> device.kernels().quantize(x, rotation, scheme);
                case LAYER_NORM ->
                    device.kernels().quantizeNormed(x, Tensor.ofFloats(gain, channels).to(device.device()),
                            Tensor.ofFloats(offset, channels).to(device.device()), EPS, rotation, scheme);
                case GELU -> device.kernels().quantizeActivated(x, rotation, scheme);
            };
            float[] values = different.toFloats();
            QuantizedActivations expected = quantized(switch (before) {
                case NOTHING -> values;
                case LAYER_NORM -> ManyTokens.floats(ReferenceKernels.layerNorm(values, gain, offset, EPS));
                case GELU -> ManyTokens.floats(ReferenceKernels.gelu(values));
            }, rotation, scheme);
            requireAlike(found, expected, before == Before.NOTHING && rotation.equals(ROTATION));
        }
    }

    private static QuantizedActivations quantized(float[] values, Rotation rotation, ActivationScheme scheme) {
        HadamardRotation rotate = rotation.forColumns(values.length / ManyTokens.DIFFERENT);
        for (int token = 0; token < ManyTokens.DIFFERENT; token++) {
            rotate.rotate(values, token * rotate.columns());
        }
        return ActivationQuantizer.quantize(values, ManyTokens.DIFFERENT, scheme);
    }

    /**
     * At most one code apart, and seldom so: where a norm in f32 falls on the other side of a tie than one in f64, or, for a block's
     * 128 codes at once, the ratio that its multiplier is rounded up from falls on the other side of an integer.
     *
     * @param exact without any difference: all that is done is done in the same order as in the reference
     */
    private static void requireAlike(QuantizedRows found, QuantizedActivations expected, boolean exact) {
        int channels = expected.channels();
        int[] tokens = ManyTokens.compared();
        byte[] codes = ManyTokens.comparedOf(found.codes()).segment().toArray(ValueLayout.JAVA_BYTE);
        float[] scales = ManyTokens.comparedOf(found.scales()).toFloats();
        var differences = new Differences(expected.granularity().text() + ", " + channels + " channels");
        for (int i = 0; i < tokens.length; i++) {
            int like = tokens[i] % ManyTokens.DIFFERENT;
            double scale = scaleOf(expected, like);
            assertThat(Math.abs(scales[i] / scale - 1)).as("scale of token %d: %s, expected %s", tokens[i], scales[i],
                    scale).isLessThan(exact ? 1e-7 : 1e-5);
            for (int c = 0; c < channels; c++) {
                differences.add(tokens[i], c, codes[i * channels + c] * (double) scales[i] / expected.step(like, c),
                        expected.codes()[like * channels + c]);
            }
        }
        differences.require(1.1, exact ? 0 : Math.max(2 * 128, differences.codes() / 20_000));
    }

    /** What one unit of a token's stored codes is worth: of codes times multipliers, if there are any. */
    private static float scaleOf(QuantizedActivations of, int token) {
        float scale = of.scales()[of.scales().length == 1 ? 0 : token];
        return of.multipliers().length == 0 ? scale : scale / ActivationScales.PerTokenBlockInteger.WHOLE;
    }
}
