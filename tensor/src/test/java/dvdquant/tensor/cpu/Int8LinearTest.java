package dvdquant.tensor.cpu;

import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;
import dvdquant.core.testing.Seeds;
import dvdquant.tensor.Int8Rows;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@NoLeaks
class Int8LinearTest {
    private static Tensor codes(long seed, int rows, int columns) {
        var random = Seeds.random(seed);
        Tensor tensor = Tensor.empty(ElementType.I8, rows, columns);
        MemorySegment memory = tensor.segment();
        for (long i = 0; i < memory.byteSize(); i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(-128, 128));
        }
        return tensor;
    }

    private static float[] filled(int count, float value) {
        var values = new float[count];
        Arrays.fill(values, value);
        return values;
    }

    /** With all scales 1 the result is the integer sum itself, exact in F32 while it is under 2²⁴. */
    @ParameterizedTest
    @CsvSource({"1, 64, 8", "63, 256, 256", "64, 100, 257", "65, 1024, 300", "130, 13, 1", "320, 256, 1024",
            "7, 1000, 702"})
    void sumsAreExact(int tokens, int in, int out) {
        try (var kernels = new CpuKernels(); var _ = TensorScope.open()) {
            Tensor x = codes(1, tokens, in);
            Tensor w = codes(2, out, in);
            try (var weights = kernels.int8Weights(w.segment(), filled(out, 1), null)) {
                Tensor y = kernels.linear(new Int8Rows(x, Tensor.ofFloats(filled(tokens, 1), tokens)), weights,
                        ElementType.F32);
                float[] actual = y.toFloats();
                byte[] xs = x.segment().toArray(ValueLayout.JAVA_BYTE);
                byte[] ws = w.segment().toArray(ValueLayout.JAVA_BYTE);
                for (int t = 0; t < tokens; t++) {
                    for (int n = 0; n < out; n++) {
                        int sum = 0;
                        for (int k = 0; k < in; k++) {
                            sum += xs[t * in + k] * ws[n * in + k];
                        }
                        assertThat(actual[t * out + n]).isEqualTo(sum);
                    }
                }
            }
        }
    }

    /** The largest sum of the longest real row: 15,360 · 128 · 128 fits 32 bits, and no 16-bit step saturates on the way. */
    @Test
    void extremeCodesDoNotSaturate() {
        try (var kernels = new CpuKernels(); var _ = TensorScope.open()) {
            Tensor x = Tensor.empty(ElementType.I8, 3, 15_360);
            x.segment().fill((byte) -128);
            Tensor w = Tensor.empty(ElementType.I8, 16, 15_360);
            w.segment().fill((byte) -128);
            try (var weights = kernels.int8Weights(w.segment(), filled(16, 1), null)) {
                Tensor y = kernels.linear(new Int8Rows(x, Tensor.ofFloats(filled(3, 1), 3)), weights, ElementType.F32);
                assertThat(y.toFloats()).containsOnly(15_360f * 128 * 128);
            }
        }
    }

    @Test
    void scalesAndBiasComeAfterTheSum() {
        try (var kernels = new CpuKernels(); var _ = TensorScope.open()) {
            Tensor x = codes(3, 2, 64);
            Tensor w = codes(4, 3, 64);
            float[] rowScales = {0.5f, 2, 0.25f};
            float[] bias = {1, -2, 3};
            try (var plain = kernels.int8Weights(w.segment(), filled(3, 1), null);
                    var scaled = kernels.int8Weights(w.segment(), rowScales, bias)) {
                float[] sums = kernels
                        .linear(new Int8Rows(x, Tensor.ofFloats(new float[]{1, 1}, 2)), plain, ElementType.F32)
                        .toFloats();
                var rows = new Int8Rows(x, Tensor.ofFloats(new float[]{2, 0.125f}, 2));
                float[] actual = kernels.linear(rows, scaled, ElementType.F32).toFloats();
                float[] bf16 = kernels.linear(rows, scaled, ElementType.BF16).toFloats();
                for (int i = 0; i < 6; i++) {
                    float expected = sums[i] * (i < 3 ? 2 : 0.125f) * rowScales[i % 3] + bias[i % 3];
                    assertThat(actual[i]).isEqualTo(expected);
                    assertThat(bf16[i]).isEqualTo(BFloat16
                            .toFloat(BFloat16.fromFloat(expected)));
                }
            }
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (var kernels = new CpuKernels(); var _ = TensorScope.open()) {
            Tensor w = codes(5, 3, 64);
            try (var weights = kernels.int8Weights(w.segment(), filled(3, 1), null)) {
                var narrow = new Int8Rows(codes(6, 2, 63), Tensor.ofFloats(filled(2, 1), 2));
                assertThatThrownBy(() -> kernels.linear(narrow, weights, ElementType.F32))
                        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("[2, 63]")
                        .hasMessageContaining("[3, 64]");
            }
            assertThatThrownBy(() -> kernels.int8Weights(w.segment(), filled(5, 1), null))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("5 rows");
        }
    }

    @Test
    void takesNoWeightsOnceItIsClosed() {
        try (var _ = TensorScope.open()) {
            Tensor w = codes(5, 3, 64);
            var kernels = new CpuKernels();
            kernels.close();
            assertThatThrownBy(() -> kernels.int8Weights(w.segment(), filled(3, 1), null))
                    .isInstanceOf(IllegalStateException.class).hasMessage("the kernels are closed");
        }
    }
}
