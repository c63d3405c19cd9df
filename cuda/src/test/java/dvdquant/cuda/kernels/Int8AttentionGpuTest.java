package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.cuda.CudaDevice;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.Gpu;
import dvdquant.cuda.driver.GpuProperties;
import dvdquant.cuda.driver.KernelLibrary;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Device;
import dvdquant.tensor.Kernels.QueryKeyNorm;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** Attention in 8 bits against float64. */
@Gpu
class Int8AttentionGpuTest {
    private static final double BOUND = 0.03;

    private static ComputeDevice exact() {
        return CudaDevice.open(0, Gpu.Settings.of(AttentionMode.EXACT));
    }

    /** By itself, for fewer keys too than {@link CudaKernels} would give it. */
    private static Int8Attention int8() {
        return new Int8Attention(
                KernelLibrary.of(GpuProperties.of(0), Gpu.Settings.of(AttentionMode.INT8).cache()));
    }

    @ParameterizedTest
    @CsvSource({"4096, 4096, 2, 128, normal", "4096, 4096, 2, 128, biased", "4096, 4096, 2, 128, tokens",
            "4096, 4096, 2, 128, heavy", "4096, 4096, 40, 128, gathered", "4096, 512, 2, 128, normal",
            "1, 1, 2, 128, normal", "63, 77, 2, 128, normal",
            "130, 1000, 1, 128, normal", "1000, 130, 3, 64, normal", "700, 700, 2, 64, biased"})
    void staysNearFloat64(int tokens, int keys, int heads, int headSize, String kind) {
        check(tokens, keys, heads, headSize, kind, BOUND);
    }

    /**
     * Where logits have a standard deviation of 20, their rounding to 8 bits shows: no choice of scales would help. Keys that went
     * through an RMSNorm over the heads, as Wan's do, cannot be so: {@code gathered} is the most.
     */
    @Test
    void isLessExactWhereLogitsAreLarge() {
        check(4096, 4096, 40, 128, "outliers", 0.04);
    }

    private static void check(int tokens, int keys, int heads, int headSize, String kind, double bound) {
        Int8Attention attention = int8();
        Device gpu = Device.cuda(0);
        try (var _ = TensorScope.open()) {
            Tensor query = Tensor.randn(1, tokens, heads * headSize).to(ElementType.BF16);
            Tensor key = keys(kind, keys, heads * headSize).to(ElementType.BF16);
            Tensor value = Tensor.randn(3, keys, heads * headSize).to(ElementType.BF16);
            Tensor result = attention.attend(query.to(gpu), key.to(gpu), value.to(gpu), heads, null);
            double error = error(result, query, key, value, heads);
            System.out.printf("int8 attention, %d × %d, %d × %d, %s: relative error %.4f%n", tokens, keys, heads,
                    headSize, kind,
                    error);
            assertThat(error).isLessThan(bound);
            float[] first = result.toFloats();
            assertThat(attention.attend(query.to(gpu), key.to(gpu), value.to(gpu), heads, null).toFloats())
                    .isEqualTo(first);
        }
    }

    @Test
    void manyKeysAreAttendedToInInt8AndFewExactly() {
        try (var _ = TensorScope.open();
                ComputeDevice exact = exact();
                ComputeDevice int8 = CudaDevice.open(0, Gpu.Settings.of(AttentionMode.INT8))) {
            Tensor query = Tensor.randn(1, 64, 256).to(ElementType.BF16).to(exact.device());
            Tensor key = Tensor.randn(2, 8192, 256).to(ElementType.BF16).to(exact.device());
            float[] expected = exact.kernels().attention(query, key, key, 2).toFloats();
            float[] found = int8.kernels().attention(query, key, key, 2).toFloats();
            assertThat(found).isNotEqualTo(expected);
            assertThat(RelativeError.of(found, expected)).isLessThan(BOUND + 0.01);
            Tensor few = key.narrow(0, 0, 4096);
            assertThat(int8.kernels().attention(query, few, few, 2).toFloats())
                    .isEqualTo(exact.kernels().attention(query, few, few, 2).toFloats());
        }
    }

    /** As in exact attention: a query's NaN reaches its row of its head, a key's the whole head, a value's its channel. */
    @ParameterizedTest
    @ValueSource(strings = {"query", "key", "value"})
    void nansAreNotHidden(String where) {
        int width = 256;
        int token = 5;
        int channel = 137; // of the second of two heads
        Device gpu = Device.cuda(0);
        try (var _ = TensorScope.open()) {
            Tensor query = Tensor.randn(1, 200, width);
            Tensor key = Tensor.randn(2, 300, width);
            Tensor value = Tensor.randn(3, 300, width);
            Tensor odd = switch (where) {
                case "query" -> query;
                case "key" -> key;
                default -> value;
            };
            odd.narrow(0, token, 1).narrow(1, channel, 1).copyFrom(Tensor.ofFloats(new float[]{Float.NaN}, 1));
            float[] found = int8().attend(query.to(ElementType.BF16).to(gpu), key.to(ElementType.BF16).to(gpu),
                    value.to(ElementType.BF16).to(gpu), 2, null).toFloats();
            for (int i = 0; i < found.length; i++) {
                boolean reached = switch (where) {
                    case "query" -> i / width == token && i % width >= 128;
                    case "key" -> i % width >= 128;
                    default -> i % width == channel;
                };
                assertThat(Float.isNaN(found[i])).as("token %d, channel %d", i / width, i % width).isEqualTo(reached);
            }
        }
    }

    private static Tensor keys(String kind, int keys, int width) {
        Tensor key = Tensor.randn(2, keys, width);
        switch (kind) {
            case "biased" -> bias(key);
            case "tokens" -> enlarge(key, 500, 3);
            case "gathered" -> { // all that an RMSNorm leaves a token, in one of 40 heads
                bias(key);
                enlarge(key, 1000, Math.sqrt(40));
            }
            case "outliers" -> {
                bias(key);
                enlarge(key, 1000, 20);
            }
            case "heavy" -> { // a quotient of normal values and of squares of three others
                Tensor squares = Tensor.zeros(ElementType.F32, keys, width);
                for (int i = 0; i < 3; i++) {
                    Tensor normal = Tensor.randn(10 + i, keys, width);
                    squares.addInPlace(normal.multiply(normal));
                }
                Tensor three = Tensor.ofFloats(new float[]{3}, 1);
                key = key.divide(squares.divide(three).add(0.05)).multiply(0.7);
            }
            default -> {
                // as it is
            }
        }
        return key;
    }

    /** Some channels far from zero. */
    private static void bias(Tensor key) {
        for (int channel = 5; channel < key.dim(1); channel += 40) {
            key.narrow(1, channel, 1).copyFrom(key.narrow(1, channel, 1).add(8));
        }
    }

    /** Some tokens are large. */
    private static void enlarge(Tensor key, int every, double factor) {
        for (int token = 7; token < key.dim(0); token += every) {
            key.narrow(0, token, 1).copyFrom(key.narrow(0, token, 1).multiply(factor));
        }
    }

    /** On about 64 queries, in f64. */
    private static double error(Tensor result, Tensor query, Tensor key, Tensor value, int heads) {
        int tokens = (int) query.dim(0);
        int keys = (int) key.dim(0);
        int width = (int) query.dim(1);
        int size = width / heads;
        float[] q = query.toFloats();
        float[] k = key.toFloats();
        float[] v = value.toFloats();
        float[] found = result.toFloats();
        double off = 0;
        double all = 0;
        for (int token : samples(tokens)) {
            for (int head = 0; head < heads; head++) {
                double[] expected = attend(q, token * width + head * size, k, v, head * size, keys, width, size);
                for (int c = 0; c < size; c++) {
                    double difference = found[token * width + head * size + c] - expected[c];
                    off += difference * difference;
                    all += expected[c] * expected[c];
                }
            }
        }
        return Math.sqrt(off / all);
    }

    /** By an odd stride, which meets all rows of a tile, whose number is even; and the last one. */
    private static int[] samples(int tokens) {
        int stride = Math.ceilDiv(tokens, 64) | 1;
        return IntStream.range(0, tokens).filter(token -> token % stride == 0 || token == tokens - 1).toArray();
    }

    private static double[] attend(float[] q, int at, float[] k, float[] v, int offset, int keys, int width, int size) {
        var weights = new double[keys];
        double largest = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < keys; j++) {
            double sum = 0;
            for (int c = 0; c < size; c++) {
                sum += (double) q[at + c] * k[j * width + offset + c];
            }
            weights[j] = sum / Math.sqrt(size);
            largest = Math.max(largest, weights[j]);
        }
        double total = 0;
        for (int j = 0; j < keys; j++) {
            weights[j] = Math.exp(weights[j] - largest);
            total += weights[j];
        }
        var result = new double[size];
        for (int j = 0; j < keys; j++) {
            for (int c = 0; c < size; c++) {
                result[c] += weights[j] / total * v[j * width + offset + c];
            }
        }
        return result;
    }

    @ParameterizedTest
    @CsvSource({"1000, 2, 128", "333, 12, 128", "500, 4, 64"})
    void normAndRotaryAreThoseOfExactAttention(int tokens, int heads, int headSize) {
        int width = heads * headSize;
        try (var _ = TensorScope.open();
                ComputeDevice exact = exact()) {
            Tensor x = Tensor.randn(1, tokens, width).multiply(3).to(ElementType.BF16).to(exact.device());
            Tensor y = Tensor.randn(2, tokens, width).to(ElementType.BF16).to(exact.device());
            Tensor angles = Tensor.randn(5, tokens, headSize / 2, 1).multiply(3).expand(tokens, headSize / 2, 2);
            Tensor signs = Tensor.ofFloats(new float[]{-1, 1}, 1, 1, 2);
            var rotary = new Rotary(angles.cos().reshape(tokens, headSize).contiguous().to(exact.device()),
                    angles.sin().multiply(signs).reshape(tokens, headSize).contiguous().to(exact.device()));
            Tensor gain = Tensor.randn(3, width).multiply(0.1).add(1).to(exact.device());
            var norm = new QueryKeyNorm(gain, gain, rotary, 1e-6);
            float[] expected = exact.kernels().attention(x, y, x, heads, norm).toFloats();
            float[] found = int8().attend(x, y, x, heads, norm).toFloats();
            double error = RelativeError.of(found, expected);
            System.out.printf("int8 attention after norm and rotary, %d × %d × %d: %.4f from exact attention%n", tokens,
                    heads,
                    headSize, error);
            assertThat(error).isLessThan(BOUND + 0.01);
        }
    }
}
