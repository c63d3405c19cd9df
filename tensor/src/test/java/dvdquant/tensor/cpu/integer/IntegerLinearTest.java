package dvdquant.tensor.cpu.integer;

import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.testing.Seeds;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@NoLeaks
class IntegerLinearTest {
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
        try (var device = CpuDevice.open(); var _ = TensorScope.open()) {
            Tensor x = codes(1, tokens, in);
            Tensor w = codes(2, out, in);
            try (var weights = device.weights().quantizedWeights(w.segment(), filled(out, 1), null)) {
                Tensor y = device.kernels().linear(new QuantizedRows(x, Tensor.ofFloats(filled(tokens, 1), tokens)),
                        weights,
                        ElementType.F32);
                float[] actual = y.toFloats();
                byte[] xs = x.segment().toArray(ValueLayout.JAVA_BYTE);
                byte[] ws = w.segment().toArray(ValueLayout.JAVA_BYTE);
                for (int t = 0; t < tokens; t++) {
                    for (int n = 0; n < out; n++) {
                        assertThat(actual[t * out + n]).isEqualTo(sum(xs, t * in, ws, n * in, in));
                    }
                }
            }
        }
    }

    /** Codes, zero points and multipliers anywhere in their ranges, extremes among them; by groups, and by rows that share one. */
    @ParameterizedTest
    @CsvSource({"4, 64, 1, 64, 8", "4, 64, 63, 256, 257", "4, 128, 97, 384, 30", "4, 0, 200, 1536, 530",
            "4, 64, 5, 2240, 16", "4, 32, 7, 96, 19", "3, 64, 13, 192, 33", "2, 0, 97, 64, 5", "4, 0, 97, 100, 33",
            "4, 0, 7, 1000, 17", "3, 0, 98, 130, 530", "5, 64, 7, 128, 40",
            "8, 0, 98, 192, 17"})
    void sumsOfPackedWeightsAreExact(int bits, int group, int tokens, int in, int out) {
        GroupSize groups = group == 0 ? new GroupSize.WholeRow() : new GroupSize.Multiples(group);
        var scheme = new WeightScheme(new CodeRange(bits), Rounding.MINMAX, groups, new Rotation.None());
        try (var device = CpuDevice.open(); var memory = Arena.ofShared(); var _ = TensorScope.open()) {
            Tensor x = codes(1, tokens, in);
            x.segment().asSlice(0, in).fill((byte) -128); // a token of the largest codes
            PackedWeight packed = PackedWeight.allocate(memory, out, in, scheme);
            byte[] ws = randomWeight(packed);
            byte[] xs = x.segment().toArray(ValueLayout.JAVA_BYTE);
            for (Residence residence : Residence.values()) {
                try (var weights = device.weights().packedWeights(packed, null, residence)) {
                    float[] actual = device.kernels()
                            .linear(new QuantizedRows(x, Tensor.ofFloats(filled(tokens, 1), tokens)),
                                    weights, ElementType.F32)
                            .toFloats();
                    for (int t = 0; t < tokens; t++) {
                        for (int n = 0; n < out; n++) {
                            assertThat(actual[t * out + n]).as("%s, token %d, row %d", residence, t, n)
                                    .isEqualTo(sum(xs, t * in, ws, n * in, in));
                        }
                    }
                }
            }
        }
    }

    /** Fills it, with steps of 1. @return what the codes stand for, [rows, columns] */
    private static byte[] randomWeight(PackedWeight packed) {
        var random = Seeds.random(5);
        var range = packed.scheme().range();
        var values = new byte[packed.rows() * packed.columns()];
        for (int r = 0; r < packed.rows(); r++) {
            var row = new QuantizedRow(packed.columns(), packed.scheme());
            row.scales()[0] = 1;
            boolean extreme = r % 4 == 0;
            for (int g = 0; g < row.zeroPoints().length; g++) {
                boolean grouped = packed.scheme().group() instanceof GroupSize.Multiples;
                int most = grouped ? range.maximumMultiplier() : 1;
                row.multipliers()[g] = (byte) (extreme ? most : random.nextInt(1, most + 1));
                row.zeroPoints()[g] = (byte) (range.symmetric() || extreme
                        ? range.maximumZeroPoint()
                        : random.nextInt(range.maximumZeroPoint() + 1));
            }
            for (int k = 0; k < packed.columns(); k++) {
                int g = k / row.groupColumns();
                int first = range.bits() == 8 ? 1 : 0;
                int code = extreme && r % 8 == 0 ? range.span() : random.nextInt(first, range.span() + first + 1);
                row.codes()[k] = (byte) code;
                values[r * packed.columns() + k] = (byte) ((code - Byte.toUnsignedInt(row.zeroPoints()[g]))
                        * row.multipliers()[g]);
            }
            packed.store(r, row);
        }
        return values;
    }

    private static int sum(byte[] xs, int x, byte[] ws, int w, int count) {
        int sum = 0;
        for (int k = 0; k < count; k++) {
            sum += xs[x + k] * ws[w + k];
        }
        return sum;
    }

    /** The largest sum of the longest real row: 15,360 · 128 · 128 fits 32 bits, and no 16-bit step saturates on the way. */
    @Test
    void extremeCodesDoNotSaturate() {
        try (var device = CpuDevice.open(); var _ = TensorScope.open()) {
            Tensor x = Tensor.empty(ElementType.I8, 3, 15_360);
            x.segment().fill((byte) -128);
            Tensor w = Tensor.empty(ElementType.I8, 16, 15_360);
            w.segment().fill((byte) -128);
            try (var weights = device.weights().quantizedWeights(w.segment(), filled(16, 1), null)) {
                Tensor y = device.kernels().linear(new QuantizedRows(x, Tensor.ofFloats(filled(3, 1), 3)), weights,
                        ElementType.F32);
                assertThat(y.toFloats()).containsOnly(15_360f * 128 * 128);
            }
        }
    }

    @Test
    void scalesAndBiasComeAfterTheSum() {
        try (var device = CpuDevice.open(); var _ = TensorScope.open()) {
            Tensor x = codes(3, 2, 64);
            Tensor w = codes(4, 3, 64);
            float[] rowScales = {0.5f, 2, 0.25f};
            float[] bias = {1, -2, 3};
            try (var plain = device.weights().quantizedWeights(w.segment(), filled(3, 1), null);
                    var scaled = device.weights().quantizedWeights(w.segment(), rowScales, bias)) {
                float[] sums = device.kernels()
                        .linear(new QuantizedRows(x, Tensor.ofFloats(new float[]{1, 1}, 2)), plain, ElementType.F32)
                        .toFloats();
                var rows = new QuantizedRows(x, Tensor.ofFloats(new float[]{2, 0.125f}, 2));
                float[] actual = device.kernels().linear(rows, scaled, ElementType.F32).toFloats();
                float[] bf16 = device.kernels().linear(rows, scaled, ElementType.BF16).toFloats();
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
        try (var device = CpuDevice.open(); var _ = TensorScope.open()) {
            Tensor w = codes(5, 3, 64);
            try (var weights = device.weights().quantizedWeights(w.segment(), filled(3, 1), null)) {
                var narrow = new QuantizedRows(codes(6, 2, 63), Tensor.ofFloats(filled(2, 1), 2));
                assertThatThrownBy(() -> device.kernels().linear(narrow, weights, ElementType.F32))
                        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("[2, 63]")
                        .hasMessageContaining("[3, 64]");
            }
            assertThatThrownBy(() -> device.weights().quantizedWeights(w.segment(), filled(5, 1), null))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("5 rows");
        }
    }

    @Test
    void takesNoWeightsOnceItIsClosed() {
        try (var _ = TensorScope.open()) {
            Tensor w = codes(5, 3, 64);
            var device = CpuDevice.open();
            device.close();
            assertThatThrownBy(() -> device.weights().quantizedWeights(w.segment(), filled(3, 1), null))
                    .isInstanceOf(IllegalStateException.class).hasMessage("the device is closed");
        }
    }
}
