package dvdquant.tensor.cpu;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationRange;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.testing.Seeds;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.ValueLayout;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** What the CPU does in one pass gives the bits of one operation after the other in F32: nothing is rounded to BF16 on the way. */
@NoLeaks
class FusedKernelsTest {
    private static final double EPS = 1e-6;

    private TensorScope scope;
    private CpuDevice device;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
        device = CpuDevice.open();
    }

    @AfterEach
    void close() {
        device.close();
        scope.close();
    }

    private static Tensor rows(long seed, int tokens, int width, ElementType type) {
        return Tensor.ofFloats(Seeds.gaussian(seed, tokens * width), tokens, width).multiply(2).to(type);
    }

    private static Tensor vector(long seed, int width) {
        return Tensor.ofFloats(Seeds.gaussian(seed, width), width);
    }

    private static void assertSame(QuantizedRows actual, QuantizedRows expected) {
        assertThat(actual.scales().toFloats()).isEqualTo(expected.scales().toFloats());
        assertThat(actual.codes().segment().toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(expected.codes().segment().toArray(ValueLayout.JAVA_BYTE));
    }

    @ParameterizedTest
    @CsvSource({"1, 128, token, 8, BF16", "37, 1536, token, 8, BF16", "37, 1536, token, 8, F32",
            "130, 8960, token, 8, BF16", "65, 256, token-block-integer, 4, BF16", "13, 320, tensor, 4, F32",
            "13, 320, tensor, 4, BF16", "7, 192, token, 6, F32"})
    void quantizesWhatIsNormedOrActivated(int tokens, int channels, String scales, int bits, ElementType type) {
        var scheme = new ActivationScheme(new ActivationRange(bits), ActivationScales.parse(scales));
        Tensor gain = vector(1, channels);
        Tensor offset = vector(2, channels);
        for (Rotation rotation : List.of(new Rotation.None(), new Rotation.Blocks(64, 5))) {
            Tensor x = rows(3, tokens, channels, type);
            Tensor precise = x.to(ElementType.F32).copy();
            assertSame(device.kernels().quantizeNormed(x, gain, offset, EPS, rotation, scheme),
                    device.kernels().quantize(device.kernels().layerNorm(precise, gain, offset, EPS), rotation,
                            scheme));
            device.kernels().gelu(precise);
            assertSame(device.kernels().quantizeActivated(x, rotation, scheme),
                    device.kernels().quantize(precise, rotation, scheme));
        }
    }

    private static QuantizedRows codes(long seed, int rows, int columns) {
        var random = Seeds.random(seed);
        Tensor codes = Tensor.empty(ElementType.I8, rows, columns);
        for (long i = 0; i < codes.segment().byteSize(); i++) {
            codes.segment().set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(-128, 128));
        }
        return new QuantizedRows(codes, vector(seed + 1, rows).multiply(0.01));
    }

    private QuantizedWeights weights(int out, int in) {
        return device.weights().quantizedWeights(codes(7, out, in).codes().segment(), Seeds.gaussian(8, out),
                Seeds.gaussian(9, out));
    }

    @ParameterizedTest
    @CsvSource({"1, 64, 8, F32", "63, 256, 256, BF16", "64, 100, 257, F32", "65, 1024, 300, BF16", "130, 13, 1, BF16",
            "320, 256, 1024, F32", "7, 1000, 702, BF16"})
    void addsTheResidualToAnUnroundedProduct(int tokens, int in, int out, ElementType type) {
        QuantizedRows x = codes(4, tokens, in);
        Tensor residual = rows(5, tokens, out, type);
        Tensor gate = vector(6, out);
        try (var weights = weights(out, in)) {
            Tensor product = device.kernels().linear(x, weights, ElementType.F32);
            for (Tensor by : new Tensor[]{gate, null}) {
                Tensor expected = device.kernels().gatedResidual(residual.to(ElementType.F32), product, by).to(type);
                Tensor actual = device.kernels().linearResidual(x, weights, residual, by);
                assertThat(actual.type()).isEqualTo(type);
                assertThat(actual.toFloats()).isEqualTo(expected.toFloats());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void aResidualsNanStaysOne(ElementType type) {
        float[] values = Seeds.gaussian(1, 3 * 70);
        values[70 + 5] = Float.intBitsToFloat(0xFFFF_FFFF);
        values[70 + 69] = Float.NaN;
        try (var weights = weights(70, 32)) {
            float[] sums = device.kernels()
                    .linearResidual(codes(2, 3, 32), weights, Tensor.ofFloats(values, 3, 70).to(type), null)
                    .toFloats();
            for (int i = 0; i < sums.length; i++) {
                assertThat(Float.isNaN(sums[i])).as("element %d", i).isEqualTo(Float.isNaN(values[i]));
            }
        }
    }

    @Test
    void refusesWhatDisagrees() {
        try (var weights = weights(6, 32)) {
            QuantizedRows x = codes(1, 4, 32);
            for (Tensor bad : List.of(rows(1, 3, 6, ElementType.F32), rows(1, 4, 7, ElementType.F32),
                    rows(1, 4, 6, ElementType.F16), rows(1, 6, 4, ElementType.F32).transpose(0, 1))) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> device.kernels().linearResidual(x, weights, bad, null))
                        .withMessageContaining(bad.toString());
            }
            Tensor residual = rows(1, 4, 6, ElementType.F32);
            Tensor gate = vector(1, 7);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> device.kernels().linearResidual(x, weights, residual, gate))
                    .withMessageContaining(gate.toString());
            var scheme = ActivationScheme.ofBits(8);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> device.kernels().quantizeNormed(residual, gate, gate, EPS, new Rotation.None(),
                            scheme))
                    .withMessageContaining(gate.toString());
        }
    }
}
