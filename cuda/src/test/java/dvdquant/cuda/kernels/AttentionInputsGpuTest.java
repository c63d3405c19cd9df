package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.core.testing.Seeds;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.Differences;
import dvdquant.cuda.Gpu;
import dvdquant.cuda.ManyTokens;
import dvdquant.cuda.driver.GpuProperties;
import dvdquant.cuda.driver.KernelLibrary;
import dvdquant.tensor.Device;
import dvdquant.tensor.Kernels.QueryKeyNorm;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.ReferenceKernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** The codes of attention in 8 bits by themselves, of many tokens, against f64. */
@Gpu
class AttentionInputsGpuTest {
    private static final double EPS = 1e-6;
    private static final int MOST_CODE = 127;
    private static final Device GPU = Device.cuda(0);

    private static AttentionInputs inputs() {
        return new AttentionInputs(
                KernelLibrary.of(GpuProperties.of(0), Gpu.Settings.of(AttentionMode.INT8).cache()));
    }

    /** What queries or keys become before they are rounded: [DIFFERENT, width]. */
    private static final class Expected {
        private final int heads;
        private final int headSize;
        private final double[] values;
        /** [DIFFERENT, heads] */
        private final double[] magnitudes;

        Expected(double[] values, int heads, int headSize) {
            this.values = values;
            this.heads = heads;
            this.headSize = headSize;
            this.magnitudes = new double[values.length / headSize];
            for (int i = 0; i < values.length; i++) {
                magnitudes[i / headSize] = Math.max(magnitudes[i / headSize], Math.abs(values[i]));
            }
        }

        double at(int token, int head, int channel) {
            return values[(token % ManyTokens.DIFFERENT * heads + head) * headSize + channel];
        }

        double magnitude(int token, int head) {
            return magnitudes[token % ManyTokens.DIFFERENT * heads + head];
        }

        /** Takes from each token the mean over all of them. */
        Expected centred() {
            var means = new double[heads * headSize];
            for (int t = 0; t < ManyTokens.COUNT; t++) {
                for (int c = 0; c < means.length; c++) {
                    means[c] += values[t % ManyTokens.DIFFERENT * means.length + c] / ManyTokens.COUNT;
                }
            }
            double[] centred = values.clone();
            for (int i = 0; i < centred.length; i++) {
                centred[i] -= means[i % means.length];
            }
            return new Expected(centred, heads, headSize);
        }

        /** Each head times an orthonormal Walsh–Hadamard matrix. */
        Expected transformed() {
            double[] transformed = values.clone();
            for (int from = 0; from < transformed.length; from += headSize) {
                for (int distance = 1; distance < headSize; distance *= 2) {
                    for (int i = from; i < from + headSize; i++) {
                        if ((i - from & distance) != 0) continue;
                        double a = transformed[i];
                        double b = transformed[i + distance];
                        transformed[i] = (a + b) / Math.sqrt(2);
                        transformed[i + distance] = (a - b) / Math.sqrt(2);
                    }
                }
            }
            return new Expected(transformed, heads, headSize);
        }
    }

    @ParameterizedTest(name = "{0} × {1}, {2}, norm: {3}")
    @CsvSource({"2, 128, BF16, true", "12, 128, BF16, true", "24, 128, BF16, true", "40, 128, BF16, true",
            "2, 128, F32, true", "40, 128, F32, true", "4, 64, BF16, true", "12, 64, F32, true", "12, 128, BF16, false",
            "4, 64, F32, false"})
    void queriesAndKeys(int heads, int headSize, ElementType type, boolean normed) {
        int width = heads * headSize;
        try (var _ = TensorScope.open()) {
            Tensor different = ManyTokens.different(1, width, type);
            Tensor x = ManyTokens.repeated(different, GPU);
            float[] gain = Seeds.gaussian(2, width);
            double[] angles = new Random(3).doubles((long) ManyTokens.DIFFERENT * headSize / 2, -10, 10).toArray();
            Tensor gains = Tensor.ofFloats(gain, width).to(GPU);
            QueryKeyNorm norm = normed ? new QueryKeyNorm(gains, gains, rotary(angles, headSize), EPS) : null;
            float[] values = different.toFloats();
            double[] turned = normed
                    ? ReferenceKernels.rotate(ReferenceKernels.rmsNorm(values, gain, EPS), angles, width, headSize)
                    : IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
            var before = new Expected(turned, heads, headSize);
            requireQueries(inputs().quantizeQueries(x, heads, norm), before.transformed());
            requireKeys(inputs().quantizeKeys(x, heads, norm), before.centred().transformed());
        }
    }

    /** Tables that repeat as the tokens do. */
    private static Rotary rotary(double[] angles, int headSize) {
        var cos = new float[2 * angles.length];
        var sin = new float[2 * angles.length];
        for (int i = 0; i < cos.length; i++) {
            cos[i] = (float) Math.cos(angles[i / 2]);
            sin[i] = (float) ((i % 2 == 0 ? -1 : 1) * Math.sin(angles[i / 2]));
        }
        return new Rotary(ManyTokens.repeated(Tensor.ofFloats(cos, ManyTokens.DIFFERENT, headSize), GPU),
                ManyTokens.repeated(Tensor.ofFloats(sin, ManyTokens.DIFFERENT, headSize), GPU));
    }

    private static void requireQueries(AttentionInputs.Queries found, Expected expected) {
        var codes = new Codes("queries", found.codes(), expected);
        double logits = 1 / (Math.sqrt(expected.headSize) * Math.log(2));
        float[] scales = ManyTokens.comparedOf(found.scales().transpose(0, 1)).toFloats();
        for (int i = 0; i < codes.tokens.length; i++) {
            for (int head = 0; head < expected.heads; head++) {
                double step = expected.magnitude(codes.tokens[i], head) / MOST_CODE;
                codes.compare(i, head, step, scales[i * expected.heads + head], step * logits);
            }
        }
        codes.requireAlike();
    }

    private static void requireKeys(AttentionInputs.Keys found, Expected expected) {
        int sharers = AttentionInputs.KEYS_A_SCALE;
        var codes = new Codes("keys", found.codes(), expected);
        long groups = found.scales().shape().elements() / expected.heads;
        float[] scales = found.scales().toFloats();
        for (int i = 0; i < codes.tokens.length; i++) {
            int group = codes.tokens[i] / sharers;
            for (int head = 0; head < expected.heads; head++) {
                int of = head;
                double step = IntStream.range(group * sharers, Math.min(ManyTokens.COUNT, (group + 1) * sharers))
                        .mapToDouble(token -> expected.magnitude(token, of)).max().orElseThrow() / MOST_CODE;
                codes.compare(i, head, step, scales[(int) (head * groups + group)], step);
            }
        }
        codes.requireAlike();
    }

    /** Codes of the tokens that are compared. */
    private static final class Codes {
        private final String what;
        private final Expected expected;
        private final int[] tokens = ManyTokens.compared();
        private final byte[] codes;
        private final Differences differences;

        /** @param codes [heads, tokens, headSize] */
        Codes(String what, Tensor codes, Expected expected) {
            this.what = what;
            this.expected = expected;
            this.codes = ManyTokens.comparedOf(codes.transpose(0, 1)).contiguous().segment()
                    .toArray(ValueLayout.JAVA_BYTE);
            this.differences = new Differences(what + ", " + expected.heads + " × " + expected.headSize);
        }

        void compare(int i, int head, double step, float scale, double expectedScale) {
            assertThat(Math.abs(scale / expectedScale - 1))
                    .as("scale of %s, token %d, head %d: %s, expected %s", what, tokens[i], head, scale, expectedScale)
                    .isLessThan(1e-5);
            for (int c = 0; c < expected.headSize; c++) {
                int code = codes[(i * expected.heads + head) * expected.headSize + place(c, expected.headSize)];
                differences.add(tokens[i], head * expected.headSize + c, code, expected.at(tokens[i], head, c) / step);
            }
        }

        void requireAlike() {
            differences.require(0.51, Math.max(100, differences.codes() / 10_000));
        }
    }

    /** Where storeCodes() in attention_inputs.cu puts a channel of a head. */
    private static int place(int channel, int headSize) {
        int sharers = headSize / 32;
        int eight = channel / 8 / sharers;
        int sharer = channel / 8 % sharers;
        return (eight / 2 * sharers + sharer) * 16 + eight % 2 * 8 + channel % 8;
    }

    @ParameterizedTest
    @CsvSource({"2, 128, BF16", "12, 128, BF16", "40, 128, BF16", "12, 128, F32", "4, 64, F32"})
    void values(int heads, int headSize, ElementType type) {
        int width = heads * headSize;
        try (var _ = TensorScope.open()) {
            Tensor different = ManyTokens.different(1, width, type);
            AttentionInputs.Values found = inputs().quantizeValues(ManyTokens.repeated(different, GPU), heads);
            float[] values = different.toFloats();
            float[] centres = found.centres().toFloats();
            float[] scales = found.scales().toFloats();
            for (int c = 0; c < width; c++) {
                int of = c;
                var range = IntStream.range(0, ManyTokens.DIFFERENT).mapToDouble(t -> values[t * width + of])
                        .summaryStatistics();
                double scale = (range.getMax() - range.getMin()) / (2 * MOST_CODE);
                assertThat(Math.abs(scales[c] / scale - 1)).as("scale of channel %d", c).isLessThan(1e-6);
                assertThat(Math.abs(centres[c] - (range.getMax() + range.getMin()) / 2) / scale)
                        .as("centre of channel %d, in steps", c).isLessThan(1e-4);
            }
            requireValues(found, values, centres, scales);
        }
    }

    private static void requireValues(AttentionInputs.Values found, float[] values, float[] centres, float[] scales) {
        int width = centres.length;
        int padded = (int) found.codes().dim(2);
        byte[] codes = found.codes().to(Device.CPU).segment().toArray(ValueLayout.JAVA_BYTE);
        var differences = new Differences("values, " + width + " channels");
        for (int token : ManyTokens.compared()) {
            for (int c = 0; c < width; c++) {
                differences.add(token, c, codes[c * padded + slot(token)],
                        (values[token % ManyTokens.DIFFERENT * width + c] - (double) centres[c]) / scales[c]);
            }
        }
        // Ties are frequent where values have the few digits of bf16.
        differences.require(0.51, Math.max(100, differences.codes() / 1000));
        for (int c = 0; c < width; c++) {
            for (int token = ManyTokens.COUNT; token < padded; token++) {
                assertThat(codes[c * padded + slot(token)]).as("beyond the last token, at %d, channel %d", token, c)
                        .isZero();
            }
        }
    }

    /** Of sixteen keys 2t, 2t + 1, 8 + 2t and 9 + 2t lie side by side. */
    private static int slot(int token) {
        int of = token % 16;
        return token - of + of % 8 / 2 * 4 + of / 8 * 2 + of % 2;
    }
}
