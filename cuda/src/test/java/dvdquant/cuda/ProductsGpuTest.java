package dvdquant.cuda;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.grids.RowQuantizer;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.testing.Seeds;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Device;
import dvdquant.tensor.PackedWeightReader;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** Integer products and what is expanded for them, bit for bit. */
@Gpu
class ProductsGpuTest {
    @ParameterizedTest
    @CsvSource({"1, 64, 8", "63, 128, 64", "130, 320, 136", "1000, 1536, 1536", "130, 15360, 256", "513, 5120, 640",
            "32760, 64, 264", "32760, 1536, 256"})
    void productsAreExact(int tokens, int in, int out) {
        checkProducts(opened(), tokens, in, out);
    }

    @ParameterizedTest
    @CsvSource({"1, 64, 8", "63, 128, 64", "130, 320, 136", "1000, 1536, 1536", "513, 5120, 640", "32760, 64, 264",
            "32760, 1536, 256"})
    void productsOfAmpereAreExact(int tokens, int in, int out) {
        checkProducts(CudaDevice.withoutWarpgroups(0, Gpu.Settings.of(AttentionMode.EXACT)), tokens, in, out);
    }

    private static void checkProducts(ComputeDevice owned, int tokens, int in, int out) {
        try (var _ = TensorScope.open(); var memory = Arena.ofConfined(); ComputeDevice device = owned) {
            byte[] codes = bytes(1, tokens * in, 127);
            byte[] values = bytes(2, out * in, 120);
            float[] tokenScales = scales(3, tokens);
            float[] rowScales = scales(4, out);
            float[] bias = Seeds.gaussian(5, out);
            MemorySegment weights = memory.allocate(values.length, 64).copyFrom(MemorySegment.ofArray(values));
            var quantized = new QuantizedRows(tensor(codes, tokens, in).to(device.device()),
                    Tensor.ofFloats(tokenScales, tokens).to(device.device()));
            float[] gate = Seeds.gaussian(7, out);
            int[] rows = comparedRows(tokens);
            Map<Integer, int[]> sums = sums(rows, codes, values, in, out);
            try (var loaded = device.weights().quantizedWeights(weights, rowScales, bias)) {
                for (ElementType type : new ElementType[]{ElementType.F32, ElementType.BF16}) {
                    Tensor result = device.kernels().linear(quantized, loaded, type);
                    Tensor residual = Tensor.randn(6, tokens, out).to(type).to(device.device());
                    Tensor added = device.kernels().linearResidual(quantized, loaded, residual,
                            Tensor.ofFloats(gate, out).to(device.device()));
                    float[] plain = result.toFloats();
                    float[] before = residual.toFloats();
                    float[] after = added.toFloats();
                    for (int t : rows) {
                        var expected = new float[out];
                        var gated = new float[out];
                        for (int o = 0; o < out; o++) {
                            expected[o] = Math.fma(sums.get(t)[o] * tokenScales[t], rowScales[o], bias[o]);
                            gated[o] = Math.fma(gate[o], expected[o], before[t * out + o]);
                        }
                        String where = type + ", token " + t + " of " + tokens;
                        assertThat(row(plain, t, out)).as(where).isEqualTo(rounded(expected, type));
                        assertThat(row(after, t, out)).as(where + ", added").isEqualTo(rounded(gated, type));
                    }
                }
            }
        }
    }

    /** More than the first tile and more than the last, which is seldom full, and some between. */
    private static int[] comparedRows(int tokens) {
        return IntStream.range(0, tokens)
                .filter(t -> t < 130 || t >= tokens - 130 || t % Math.max(1, tokens / 40) == 0).toArray();
    }

    private static float[] row(float[] values, int row, int columns) {
        return Arrays.copyOfRange(values, row * columns, (row + 1) * columns);
    }

    /** The product of 4-bit activations and 4-bit weights on Ampere and Ada, beside the one of 8-bit integers. */
    @ParameterizedTest
    @CsvSource({"1, 64, 8", "63, 192, 72", "130, 320, 136", "1000, 1536, 1536", "513, 5120, 640", "300, 15360, 256"})
    void nibblesGiveWhatBytesGive(int tokens, int in, int out) {
        WeightScheme scheme = scheme(4, new GroupSize.WholeRow());
        try (var _ = TensorScope.open();
                var memory = Arena.ofShared();
                ComputeDevice device = CudaDevice.withoutWarpgroups(0, Gpu.Settings.of(AttentionMode.EXACT));
                var weights = device.weights().packedWeights(quantized(memory, out, in, scheme),
                        Seeds.gaussian(5, out))) {
            var random = new Random(1);
            var codes = new byte[tokens * in];
            for (int i = 0; i < codes.length; i++) {
                codes[i] = (byte) (random.nextInt(16) - 8);
            }
            Tensor values = tensor(codes, tokens, in).to(device.device());
            Tensor scales = Tensor.ofFloats(scales(3, tokens), tokens).to(device.device());
            var nibbles = new QuantizedRows(values, scales, 4);
            var bytes = new QuantizedRows(values, scales, 8);
            Tensor gate = Tensor.ofFloats(Seeds.gaussian(7, out), out).to(device.device());
            for (ElementType type : new ElementType[]{ElementType.F32, ElementType.BF16}) {
                assertThat(device.kernels().linear(nibbles, weights, type).toFloats())
                        .isEqualTo(device.kernels().linear(bytes, weights, type).toFloats());
                Tensor residual = Tensor.randn(6, tokens, out).to(type).to(device.device());
                assertThat(device.kernels().linearResidual(nibbles, weights, residual, gate).toFloats())
                        .isEqualTo(device.kernels().linearResidual(bytes, weights, residual, gate).toFloats());
            }
        }
    }

    private static float[] rounded(float[] values, ElementType type) {
        return Tensor.ofFloats(values, values.length).to(type).toFloats();
    }

    @ParameterizedTest
    @CsvSource({"2, 64", "3, 64", "4, 64", "4, 128", "4, 0", "5, 64", "6, 64", "7, 64", "7, 0", "8, 0", "2, 2", "3, 24",
            "3, 5", "4, 8", "4, 4", "4, 12", "4, 6", "4, 3", "5, 40", "5, 10", "6, 20", "7, 15"})
    void packedWeightsGiveWhatExpandedOnesGive(int bits, int group) {
        int out = 72;
        int in = 1920;
        WeightScheme scheme = scheme(bits,
                group == 0 ? new GroupSize.WholeRow() : new GroupSize.Multiples(group));
        try (var _ = TensorScope.open(); var memory = Arena.ofShared()) {
            PackedWeight packed = quantized(memory, out, in, scheme);
            MemorySegment values = memory.allocate((long) out * in, 64);
            PackedWeightReader.expand(packed, values);
            for (boolean offload : new boolean[]{false, true}) {
                var settings = new CudaSettings(AttentionMode.EXACT, offload,
                        Path.of(System.getProperty("java.io.tmpdir"),
                                "dvdquant-kernels"));
                try (ComputeDevice device = CudaDevice.open(0, settings);
                        var first = device.weights().packedWeights(packed, null);
                        var second = device.weights().quantizedWeights(values, PackedWeightReader.scales(packed),
                                null)) {
                    var rows = new QuantizedRows(tensor(bytes(9, 33 * in, 127), 33, in).to(device.device()),
                            Tensor.ofFloats(scales(3, 33), 33).to(device.device()));
                    float[] expected = device.kernels().linear(rows, second, ElementType.F32).toFloats();
                    for (int again = 0; again < 3; again++) {
                        assertThat(device.kernels().linear(rows, first, ElementType.F32).toFloats())
                                .isEqualTo(expected);
                    }
                }
            }
        }
    }

    private static WeightScheme scheme(int bits, GroupSize group) {
        return new WeightScheme(new CodeRange(bits), Rounding.BGR, group, new Rotation.None());
    }

    private static PackedWeight quantized(Arena memory, int out, int in, WeightScheme scheme) {
        PackedWeight packed = PackedWeight.allocate(memory, out, in, scheme);
        float[] weight = Seeds.gaussian(11, out * in);
        var quantizer = new RowQuantizer(in, scheme);
        for (int row = 0; row < out; row++) {
            packed.store(row, quantizer.quantize(weight, row * in));
        }
        return packed;
    }

    @Test
    void sameBytesTwice() {
        try (var _ = TensorScope.open(); var memory = Arena.ofConfined(); ComputeDevice device = opened()) {
            Tensor x = Tensor.randn(1, 700, 256).to(ElementType.BF16).to(device.device());
            MemorySegment weights = memory.allocate(256 * 256, 64)
                    .copyFrom(MemorySegment.ofArray(bytes(2, 256 * 256, 127)));
            try (var loaded = device.weights().quantizedWeights(weights, scales(3, 256), null)) {
                assertThat(layer(device, x, loaded)).isEqualTo(layer(device, x, loaded));
            }
        }
    }

    private static float[] layer(ComputeDevice device, Tensor x, QuantizedWeights weights) {
        QuantizedRows rows = device.kernels().quantize(x, new Rotation.Blocks(128, 1), ActivationScheme.ofBits(8));
        return device.kernels().linear(rows, weights, ElementType.BF16).toFloats();
    }

    private static ComputeDevice opened() {
        return CudaDevice.open(0, Gpu.Settings.of(AttentionMode.EXACT));
    }

    private static Tensor tensor(byte[] values, long rows, long columns) {
        Tensor tensor = Tensor.empty(Device.CPU, ElementType.I8, rows, columns);
        MemorySegment.copy(values, 0, tensor.segment(), ValueLayout.JAVA_BYTE, 0, values.length);
        return tensor;
    }

    private static byte[] bytes(long seed, int count, int most) {
        var random = new Random(seed);
        var bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (random.nextInt(2 * most + 1) - most);
        }
        return bytes;
    }

    private static float[] scales(long seed, int count) {
        var random = new Random(seed);
        var scales = new float[count];
        for (int i = 0; i < count; i++) {
            scales[i] = (float) (1e-3 * (1 + random.nextDouble()));
        }
        return scales;
    }

    /** Of each of these rows, [out]. */
    private static Map<Integer, int[]> sums(int[] rows, byte[] codes, byte[] values, int in, int out) {
        return Arrays.stream(rows).boxed().parallel().collect(Collectors.toConcurrentMap(t -> t,
                t -> IntStream.range(0, out).map(o -> sum(codes, t * in, values, o * in, in)).toArray()));
    }

    private static int sum(byte[] a, int at, byte[] b, int bt, int count) {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            sum += a[at + i] * b[bt + i];
        }
        return sum;
    }
}
