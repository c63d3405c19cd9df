package dvdquant.tensor;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.testing.Seeds;
import dvdquant.tensor.natives.NativeThreads;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** What every implementation of {@link Kernels} has to do; a subclass supplies one. */
@NoLeaks
public abstract class KernelsContract {
    private static final double EPS = 1e-6;
    private static final int[] WIDTHS = {1, 2, 4, 6, 13, 25, 31, 32, 33, 64, 207, 702, 1536, 2046, 5120};
    private static final int[] TOKENS = {1, 4, 6, 13, 65};

    /** The types that kernels take, each with the relative L2 error that is allowed. */
    public enum Type {
        F32(ElementType.F32, 3e-6),
        BF16(ElementType.BF16, 4e-3);

        private final ElementType element;
        private final double tolerance;

        Type(ElementType element, double tolerance) {
            this.element = element;
            this.tolerance = tolerance;
        }
    }

    /** Sizes of an attention; channels are heads · headSize. */
    public record AttentionSize(int tokens, int keys, int heads, int headSize) {}

    private TensorScope scope;
    private ComputeDevice device;
    private Kernels kernels;

    protected abstract ComputeDevice open(int threads);

    @BeforeEach
    void open() {
        scope = TensorScope.open();
        device = open(NativeThreads.count());
        kernels = device.kernels();
    }

    @AfterEach
    void close() {
        device.close();
        scope.close();
    }

    private static Stream<Arguments> typesAndSeeds() {
        return Arrays.stream(Type.values()).flatMap(type -> Seeds.of(1).mapToObj(seed -> Arguments.of(type, seed)));
    }

    private static Stream<Arguments> attentionSizes() {
        return Stream.of(new AttentionSize(1, 1, 1, 64), new AttentionSize(1, 4, 2, 64),
                new AttentionSize(4, 1, 3, 128),
                new AttentionSize(6, 13, 12, 40), new AttentionSize(13, 6, 1, 128), new AttentionSize(25, 63, 2, 64),
                new AttentionSize(63, 25, 3, 40), new AttentionSize(64, 64, 12, 128), new AttentionSize(65, 65, 2, 128),
                new AttentionSize(65, 207, 3, 64), new AttentionSize(207, 65, 12, 40),
                new AttentionSize(702, 207, 2, 128), new AttentionSize(207, 702, 3, 64),
                new AttentionSize(13, 2046, 12, 128), new AttentionSize(702, 64, 1, 64),
                new AttentionSize(2046, 25, 2, 64),
                new AttentionSize(6, 4096, 2, 64), new AttentionSize(65, 4097, 1, 40),
                new AttentionSize(7, 8193, 2, 128), new AttentionSize(70, 9000, 1, 64))
                .flatMap(size -> typesAndSeeds().map(a -> Arguments.of(size, a.get()[0], a.get()[1])));
    }

    private static float[] values(long seed, int count) {
        return Seeds.gaussian(seed, count);
    }

    private Tensor rows(float[] values, int width, Type type) {
        return Tensor.ofFloats(values, values.length / width, width).to(kernels.device()).to(type.element);
    }

    private Tensor rows(long seed, int tokens, int width, Type type) {
        return rows(values(seed, tokens * width), width, type);
    }

    private Tensor zeros(Type type, long... dims) {
        return Tensor.zeros(type.element, dims).to(kernels.device());
    }

    private Tensor vector(float[] values) {
        return Tensor.ofFloats(values, values.length).to(kernels.device());
    }

    private Tensor vector(long seed, int width) {
        return vector(values(seed, width));
    }

    private static float[] constants(float value, int count) {
        var constants = new float[count];
        Arrays.fill(constants, value);
        return constants;
    }

    private static float[] toFloats(double[] values) {
        var floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static void assertClose(Tensor actual, double[] expected, Type type) {
        assertThat(actual.type()).isEqualTo(type.element);
        assertThat(RelativeError.of(actual.toFloats(), toFloats(expected))).as("relative error of %s", actual)
                .isLessThan(type.tolerance);
    }

    /** NaN and infinite where expected, and close elsewhere. */
    private static void assertLike(Tensor actual, double[] expected, Type type) {
        float[] values = actual.toFloats();
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(expected[i])) {
                assertThat((double) values[i]).as("element %d", i).isEqualTo((Double) expected[i]);
            } else {
                double allowed = 4 * type.tolerance * Math.max(1, Math.abs(expected[i]));
                assertThat(Math.abs(values[i] - expected[i]))
                        .as("element %d: %s, expected %s", i, values[i], expected[i])
                        .isLessThan(allowed);
            }
        }
    }

    // ---- Against the reference

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("typesAndSeeds")
    void linear(Type type, long seed) {
        int[] outs = {1, 13, 32, 65};
        for (int i = 0; i < WIDTHS.length; i++) {
            int in = WIDTHS[i];
            int out = outs[i % outs.length];
            Tensor x = rows(seed, TOKENS[i % TOKENS.length], in, type);
            Tensor weight = rows(seed + 1, out, in, type);
            Tensor bias = vector(seed + 2, out).to(type.element);
            float[] xs = x.toFloats();
            float[] weights = weight.toFloats();
            assertClose(kernels.linear(x, weight, bias), ReferenceKernels.linear(xs, weights, bias.toFloats(), in),
                    type);
            assertClose(kernels.linear(x, weight, null), ReferenceKernels.linear(xs, weights, null, in), type);
        }
    }

    /** More rows than are made at a time, and a single token, which each is multiplied by as it is made. */
    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("typesAndSeeds")
    void linearOfRowsThatAreMade(Type type, long seed) {
        int in = 207;
        int out = 1100;
        Tensor weight = rows(seed + 1, out, in, type);
        Tensor bias = vector(seed + 2, out).to(type.element);
        float[] values = weight.toFloats();
        var made = new WeightRows() {
            @Override
            public int out() {
                return out;
            }

            @Override
            public int in() {
                return in;
            }

            @Override
            public Reader reader() {
                return (row, into) -> System.arraycopy(values, row * in, into, 0, in);
            }
        };
        for (int tokens : new int[]{1, 13}) {
            Tensor x = rows(seed, tokens, in, type);
            assertClose(kernels.linear(x, made, bias),
                    ReferenceKernels.linear(x.toFloats(), values, bias.toFloats(), in), type);
            assertClose(kernels.linear(x, made, null), ReferenceKernels.linear(x.toFloats(), values, null, in), type);
        }
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("typesAndSeeds")
    void layerNorm(Type type, long seed) {
        for (int width : WIDTHS) {
            if (width == 1) continue; // its variance is 0: see tinyVariances
            for (int tokens : TOKENS) {
                float[] values = values(seed, tokens * width);
                for (int i = 0; i < values.length; i++) {
                    values[i] = values[i] / 4 + 3 * (i % width % 13); // a ramp keeps the variance away from 0
                }
                Tensor x = rows(values, width, type);
                float[] gain = values(seed + 1, width);
                float[] offset = values(seed + 2, width);
                for (int i = 0; i < width; i++) { // two channels are normed to ±1: gain and offset must not cancel
                    gain[i] += Math.signum(gain[i]);
                    offset[i] /= 8;
                }
                assertClose(kernels.layerNorm(x, vector(gain), vector(offset), EPS),
                        ReferenceKernels.layerNorm(x.toFloats(), gain, offset, EPS), type);
            }
        }
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("typesAndSeeds")
    void rmsNorm(Type type, long seed) {
        for (int width : WIDTHS) {
            for (int tokens : TOKENS) {
                Tensor x = rows(seed, tokens, width, type);
                float[] gain = values(seed + 1, width);
                assertClose(kernels.rmsNorm(x, vector(gain), null, EPS),
                        ReferenceKernels.rmsNorm(x.toFloats(), gain, EPS), type);
            }
        }
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("typesAndSeeds")
    void rmsNormWithRotary(Type type, long seed) {
        for (int headSize : new int[]{2, 6, 32, 40, 64, 128}) {
            for (int heads : new int[]{1, 2, 3, 12}) {
                int tokens = 13;
                Tensor x = rows(seed, tokens, heads * headSize, type);
                float[] gain = values(seed + 1, heads * headSize);
                double[] angles = anglesOf(values(seed + 2, tokens * headSize / 2));
                double[] expected = ReferenceKernels.rotate(ReferenceKernels.rmsNorm(x.toFloats(), gain, EPS), angles,
                        heads * headSize, headSize);
                assertClose(kernels.rmsNorm(x, vector(gain), rotary(angles, headSize), EPS), expected, type);
            }
        }
    }

    /** Each head by itself, and the rotary embedding of some tokens: those of an image, before those of a text. */
    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("typesAndSeeds")
    void rmsNormByHeadWithRotaryOfTheFirstTokens(Type type, long seed) {
        for (int headSize : new int[]{2, 6, 32, 64, 128}) {
            for (int heads : new int[]{1, 3, 24}) {
                int tokens = 13;
                int width = heads * headSize;
                Tensor x = rows(seed, tokens, width, type);
                float[] gain = values(seed + 1, headSize);
                double[] normed = ReferenceKernels.rmsNorm(x.toFloats(), gain, EPS);
                assertClose(kernels.rmsNorm(x, vector(gain), null, EPS), normed, type);
                for (int turned : new int[]{1, 9, tokens}) {
                    double[] angles = anglesOf(values(seed + 2, turned * headSize / 2));
                    double[] first = ReferenceKernels.rotate(Arrays.copyOf(normed, turned * width), angles, width,
                            headSize);
                    double[] expected = normed.clone();
                    System.arraycopy(first, 0, expected, 0, first.length);
                    assertClose(kernels.rmsNorm(x, vector(gain), rotary(angles, headSize), EPS), expected, type);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("typesAndSeeds")
    void attentionOfTwoStreamsIsThatOfTheirTokensTogether(Type type, long seed) {
        int heads = 3;
        int headSize = 32;
        int width = heads * headSize;
        int[] tokens = {21, 6};
        double[] angles = anglesOf(values(seed + 9, tokens[0] * headSize / 2));
        var streams = new ArrayList<Kernels.AttentionStream>();
        var expected = new float[3][];
        for (int s = 0; s < 2; s++) {
            Tensor query = rows(seed + s, tokens[s], width, type);
            Tensor key = rows(seed + 2 + s, tokens[s], width, type);
            Tensor value = rows(seed + 4 + s, tokens[s], width, type);
            float[] gain = values(seed + 6 + s, headSize);
            streams.add(new Kernels.AttentionStream(query, key, value, vector(gain), vector(gain),
                    s == 0 ? rotary(angles, headSize) : null));
            for (int part = 0; part < 2; part++) {
                double[] normed = ReferenceKernels.rmsNorm((part == 0 ? query : key).toFloats(), gain, EPS);
                expected[part] = joined(expected[part],
                        s == 0 ? ReferenceKernels.rotate(normed, angles, width, headSize) : normed);
            }
            expected[2] = joined(expected[2], IntStream.range(0, tokens[s] * width)
                    .mapToDouble(i -> value.toFloats()[i]).toArray());
        }
        double[] attended = ReferenceKernels.attention(expected[0], expected[1], expected[2], width, heads);
        Tensor result = kernels.attention(streams, heads, EPS);
        assertThat(result.type()).isEqualTo(type.element);
        // queries and keys are rounded in between
        assertThat(RelativeError.of(result.toFloats(), toFloats(attended))).isLessThan(4 * type.tolerance);
    }

    private static float[] joined(float[] first, double[] second) {
        int from = first == null ? 0 : first.length;
        float[] both = first == null ? new float[second.length] : Arrays.copyOf(first, from + second.length);
        for (int i = 0; i < second.length; i++) {
            both[from + i] = (float) second[i];
        }
        return both;
    }

    private static double[] anglesOf(float[] values) {
        var angles = new double[values.length];
        for (int i = 0; i < angles.length; i++) {
            angles[i] = 10 * values[i];
        }
        return angles;
    }

    private Kernels.Rotary rotary(double[] angles, int headSize) {
        var cos = new float[2 * angles.length];
        var sin = new float[2 * angles.length];
        for (int i = 0; i < cos.length; i++) {
            cos[i] = (float) Math.cos(angles[i / 2]);
            sin[i] = (float) ((i % 2 == 0 ? -1 : 1) * Math.sin(angles[i / 2]));
        }
        return new Kernels.Rotary(rows(cos, headSize, Type.F32), rows(sin, headSize, Type.F32));
    }

    /** Of groups whose means and deviations lie far apart; of a group of many pixels, and of one. */
    @ParameterizedTest
    @CsvSource({"24, 8, 3, 5, 7", "16, 2, 1, 1, 1", "32, 32, 2, 70, 60", "6, 3, 1, 1, 2"})
    void groupNorm(int channels, int groups, int frames, int height, int width) {
        int pixels = frames * height * width;
        float[] x = values(1, channels * pixels);
        float[] gain = values(2, channels);
        float[] offset = values(3, channels);
        for (int i = 0; i < x.length; i++) {
            int group = i / pixels / (channels / groups);
            x[i] = 100 * group + (group + 1) * x[i];
        }
        var norm = new Kernels.GroupNorm(groups, vector(gain), vector(offset), EPS);
        Tensor clip = Tensor.ofFloats(x, 1, channels, frames, height, width).to(kernels.device());

        for (Tensor order : List.of(clip, clip.channelsLast3d())) {
            float[] expected = toFloats(ReferenceKernels.groupNorm(x, gain, offset, groups, EPS));
            for (var scaled : List.of(kernels.groupNorm(order, norm), Moments.of(order).norm(norm, kernels.device()))) {
                Tensor normed = order.multiply(scaled.gain()).add(scaled.offset());
                assertThat(RelativeError.of(normed.toFloats(), expected)).isLessThan(5e-5); // of 100 times the deviation
            }
        }
        assertThatIllegalArgumentException().isThrownBy(() -> kernels.groupNorm(clip,
                new Kernels.GroupNorm(5, vector(gain), vector(offset), EPS))).withMessageContaining("5 groups");
    }

    @ParameterizedTest(name = "{0}, {1}, seed {2}")
    @MethodSource("attentionSizes")
    void attention(AttentionSize size, Type type, long seed) {
        int width = size.heads * size.headSize;
        Tensor query = rows(seed, size.tokens, width, type);
        Tensor key = rows(seed + 1, size.keys, width, type);
        Tensor value = rows(seed + 2, size.keys, width, type);
        assertClose(kernels.attention(query, key, value, size.heads), ReferenceKernels.attention(query.toFloats(),
                key.toFloats(), value.toFloats(), width, size.heads), type);
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("typesAndSeeds")
    void gelu(Type type, long seed) {
        for (int width : WIDTHS) {
            Tensor x = rows(seed, 13, width, type).multiply(3);
            double[] expected = ReferenceKernels.gelu(x.toFloats());
            kernels.gelu(x);
            assertClose(x, expected, type);
        }
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("typesAndSeeds")
    void gatedResidual(Type type, long seed) {
        for (int width : WIDTHS) {
            for (int tokens : TOKENS) {
                Tensor x = rows(seed, tokens, width, type);
                Tensor y = rows(seed + 1, tokens, width, type);
                float[] gate = values(seed + 2, width);
                float[] xs = x.toFloats();
                float[] ys = y.toFloats();
                assertClose(kernels.gatedResidual(x, y, vector(gate)),
                        ReferenceKernels.gatedResidual(xs, ys, gate, width), type);
                assertClose(kernels.gatedResidual(x, y, null), ReferenceKernels.gatedResidual(xs, ys, null, width),
                        type);
                assertThat(x.toFloats()).isEqualTo(xs);
            }
        }
    }

    // ---- Extremes

    @ParameterizedTest
    @EnumSource
    void hugeScoresSaturate(Type type) {
        int width = 64;
        int keys = 4100; // several stretches: the maximum of the first is overtaken by the second, the last is ragged
        float[] key = constants(0, keys * width);
        for (int k = 0; k < keys; k++) {
            key[k * width] = k == 4099 ? 1000 : k % 2 == 0 ? -1000 : 900;
        }
        Tensor query = rows(new float[width], width, type).add(80); // scores of ± 1e4
        Tensor value = rows(5, keys, width, type);
        float[] expected = value.narrow(0, 4099, 1).toFloats();
        Tensor result = kernels.attention(query, rows(key, width, type), value, 1);
        assertThat(RelativeError.of(result.toFloats(), expected)).isLessThan(type.tolerance);
        float[] first = key.clone();
        first[0] = 1000;
        first[4099 * width] = 0; // and the maximum comes first
        assertThat(RelativeError.of(kernels.attention(query, rows(first, width, type), value, 1).toFloats(),
                value.narrow(0, 0, 1).toFloats())).isLessThan(type.tolerance);
    }

    @ParameterizedTest
    @EnumSource
    void theLargestScoreMayComeAnywhere(Type type) {
        int width = 64;
        int keys = 1100;
        Tensor query = rows(constants(1, 3 * width), width, type);
        Tensor value = rows(7, keys, width, type);
        for (int largest : new int[]{0, 40, 511, 550, 1099}) {
            float[] key = constants(-4, keys * width); // scores of −32, and two that are larger by 2⁸¹ and by 2⁸⁹
            Arrays.fill(key, 300 * width, 301 * width, 3);
            Arrays.fill(key, largest * width, (largest + 1) * width, 3.75f);
            double[] expected = ReferenceKernels.attention(query.toFloats(), rows(key, width, type).toFloats(),
                    value.toFloats(), width, 1);
            assertClose(kernels.attention(query, rows(key, width, type), value, 1), expected, type);
        }
    }

    @ParameterizedTest
    @EnumSource
    void equalScoresGiveTheMean(Type type) {
        for (int keys : new int[]{1, 7, 65, 4097}) {
            Tensor value = rows(6, keys, 80, type);
            for (float constant : new float[]{0, 1e3f}) {
                Tensor query = rows(constants(constant, 5 * 80), 80, type);
                Tensor key = rows(constants(constant, keys * 80), 80, type);
                float[] mean = value.to(ElementType.F32).mean(0, true).expand(5, 80).toFloats();
                assertClose(kernels.attention(query, key, value, 2), toDoubles(mean), type);
            }
        }
    }

    private static double[] toDoubles(float[] values) {
        var doubles = new double[values.length];
        for (int i = 0; i < doubles.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    @ParameterizedTest
    @EnumSource
    void zerosStayZeros(Type type) {
        for (int width : new int[]{70, 128}) {
            zerosStayZeros(type, width);
        }
    }

    private void zerosStayZeros(Type type, int width) {
        Tensor zeros = zeros(type, 5, width);
        Tensor ones = vector(constants(1, width));
        Tensor none = vector(new float[width]);
        Tensor wide = zeros(type, 13, width);
        Tensor inPlace = zeros.copy();
        kernels.gelu(inPlace);
        for (Tensor result : List.of(kernels.layerNorm(zeros, ones, none, EPS), kernels.rmsNorm(zeros, ones, null, EPS),
                kernels.linear(zeros, wide, null), kernels.attention(zeros, wide, wide, 2), inPlace,
                kernels.gatedResidual(zeros, zeros, ones))) {
            assertThat(result.toFloats()).containsOnly(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void tinyVariances(Type type) {
        for (int width : new int[]{33, 64}) {
            tinyVariances(type, width);
        }
        Tensor constant = rows(constants(1e4f, 4), 1, type); // a variance of 0 leaves the offset
        assertThat(kernels.layerNorm(constant, vector(new float[]{3}), vector(new float[]{0.5f}), EPS).toFloats())
                .containsOnly(0.5f);
    }

    private void tinyVariances(Type type, int width) {
        float[] gain = constants(1, width);
        float[] offset = constants(0.5f, width);
        for (float size : new float[]{0, 1e-30f, 1e-6f, 1e-3f}) {
            float[] x = values(7, 4 * width);
            for (int i = 0; i < x.length; i++) {
                x[i] *= size;
            }
            Tensor rows = rows(x, width, type);
            assertClose(kernels.layerNorm(rows, vector(gain), vector(offset), EPS),
                    ReferenceKernels.layerNorm(rows.toFloats(), gain, offset, EPS), type);
            assertClose(kernels.rmsNorm(rows, vector(gain), null, EPS),
                    ReferenceKernels.rmsNorm(rows.toFloats(), gain, EPS), type);
        }
    }

    /** Non-finite values come out where the formulas put them: in vectors, in their tails, and in bf16's rounding. */
    @ParameterizedTest
    @EnumSource
    void nonFiniteValuesAreNotHidden(Type type) {
        for (int width : new int[]{70, 128}) {
            nonFiniteValuesAreNotHidden(type, width);
        }
    }

    private void nonFiniteValuesAreNotHidden(Type type, int width) {
        float allOnes = Float.intBitsToFloat(0xFFFF_FFFF);
        float[] gain = values(8, width);
        float[] offset = values(9, width);
        for (float odd : new float[]{Float.NaN, allOnes, Float.POSITIVE_INFINITY}) {
            for (int position : new int[]{0, 17, width - 1}) {
                float[] values = values(10, 3 * width);
                values[width + position] = odd;
                Tensor x = rows(values, width, type);
                float[] xs = x.toFloats();
                assertLike(kernels.layerNorm(x, vector(gain), vector(offset), EPS),
                        ReferenceKernels.layerNorm(xs, gain, offset, EPS), type);
                if (Float.isNaN(odd)) { // an infinite root mean square: 0 · ∞ in one place, 0 in the others
                    assertLike(kernels.rmsNorm(x, vector(gain), null, EPS), ReferenceKernels.rmsNorm(xs, gain, EPS),
                            type);
                }
                Tensor y = rows(11, 3, width, type);
                assertLike(kernels.gatedResidual(x, y, vector(gain)),
                        ReferenceKernels.gatedResidual(xs, y.toFloats(), gain, width), type);
                assertLike(kernels.gatedResidual(y, x, vector(gain)),
                        ReferenceKernels.gatedResidual(y.toFloats(), xs, gain, width), type);
                Tensor copy = x.copy();
                kernels.gelu(copy);
                assertLike(copy, ReferenceKernels.gelu(xs), type);
                Tensor weight = rows(12, 5, width, type);
                assertLike(kernels.linear(x, weight, null), ReferenceKernels.linear(xs, weight.toFloats(), null, width),
                        type);
            }
        }
        float[] oddGain = gain.clone();
        oddGain[3] = allOnes;
        oddGain[width - 1] = allOnes;
        Tensor x = rows(13, 2, width, type);
        assertLike(kernels.rmsNorm(x, vector(oddGain), null, EPS), ReferenceKernels.rmsNorm(x.toFloats(), oddGain, EPS),
                type);
    }

    @ParameterizedTest
    @EnumSource
    void nansReachTheirHeadOnly(Type type) {
        for (int keys : new int[]{37, 4100}) {
            for (int at : new int[]{0, 5, keys - 1}) {
                float[] query = values(14, 3 * 64);
                float[] key = values(15, keys * 64);
                float[] value = values(16, keys * 64);
                query[64 + 40] = Float.NaN;
                assertAttentionLike(query, key, value, type);
                query = values(14, 3 * 64);
                key[at * 64 + 3] = Float.NaN;
                assertAttentionLike(query, key, value, type);
                key = values(15, keys * 64);
                value[at * 64 + 63] = Float.NaN;
                assertAttentionLike(query, key, value, type);
            }
        }
    }

    private void assertAttentionLike(float[] query, float[] key, float[] value, Type type) {
        Tensor q = rows(query, 64, type);
        Tensor k = rows(key, 64, type);
        Tensor v = rows(value, 64, type);
        assertLike(kernels.attention(q, k, v, 2),
                ReferenceKernels.attention(q.toFloats(), k.toFloats(), v.toFloats(), 64, 2), type);
    }

    @ParameterizedTest
    @EnumSource
    void geluOfLargeValues(Type type) {
        for (int count : new int[]{37, 64}) {
            geluOfLargeValues(type, count);
        }
    }

    private void geluOfLargeValues(Type type, int count) {
        float[] values = new float[count];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.pow(10, 1 + i % 37); // up to 1e37
        }
        Tensor large = rows(values, values.length, type);
        float[] same = large.toFloats();
        kernels.gelu(large);
        assertThat(large.toFloats()).isEqualTo(same);
        Tensor negative = rows(values, values.length, type).multiply(-1);
        kernels.gelu(negative);
        for (float value : negative.toFloats()) {
            assertThat(Math.abs(value)).isLessThan(1e-20f);
        }
    }

    // ---- Determinism

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("typesAndSeeds")
    void givesTheSameBitsOnAnyNumberOfThreads(Type type, long seed) {
        var results = new ArrayList<Map<String, Integer>>();
        try {
            for (int count : new int[]{1, 2, 3, 1}) {
                try (ComputeDevice own = open(count)) {
                    results.add(hashes(own.kernels(), type, seed));
                    assertThat(hashes(own.kernels(), type, seed)).isEqualTo(results.getLast());
                }
            }
        } finally {
            device.bindThread();
        }
        assertThat(results).containsOnly(results.getFirst());
    }

    @Test
    void survivesAChangeOfTheNumberOfThreads() {
        int threads = NativeThreads.count();
        Map<String, Integer> expected = hashes(kernels, Type.BF16, 1);
        try {
            for (int count : new int[]{3, 1, 2}) {
                NativeThreads.setCount(count);
                assertThat(hashes(kernels, Type.BF16, 1)).isEqualTo(expected);
            }
        } finally {
            NativeThreads.setCount(threads);
        }
    }

    private Map<String, Integer> hashes(Kernels kernels, Type type, long seed) {
        int width = 3 * 64;
        Tensor x = rows(seed, 207, width, type);
        Tensor y = rows(seed + 1, 207, width, type);
        Tensor weight = rows(seed + 2, 65, width, type);
        Tensor gain = vector(seed + 3, width);
        Kernels.Rotary rotary = rotary(anglesOf(values(seed + 4, 207 * 32)), 64);
        Tensor activated = x.copy();
        kernels.gelu(activated);
        return Map.of("linear", hash(kernels.linear(x, weight, null)),
                "layerNorm", hash(kernels.layerNorm(x, gain, gain, EPS)),
                "rmsNorm", hash(kernels.rmsNorm(x, gain, rotary, EPS)),
                "attention", hash(kernels.attention(x, y, x, 3)), "gelu", hash(activated),
                "gatedResidual", hash(kernels.gatedResidual(x, y, gain)));
    }

    private static int hash(Tensor tensor) {
        return Arrays.hashCode(tensor.to(Device.CPU).segment().toArray(ValueLayout.JAVA_BYTE));
    }

    /** The JIT compiles a kernel after some calls; that must not change its results. */
    @Test
    void givesTheSameBitsBeforeAndAfterItIsCompiled() {
        Map<String, Integer> expected = hashes(kernels, Type.F32, 2);
        for (int i = 0; i < 300; i++) {
            try (var _ = TensorScope.open()) {
                assertThat(hashes(kernels, Type.F32, 2)).isEqualTo(expected);
            }
        }
    }

    @Test
    void takesChangingSizes() {
        for (int keys : new int[]{100, 5000, 7, 4097, 64}) {
            for (Type type : Type.values()) {
                attention(new AttentionSize(keys % 67 + 1, keys, 2, 24), type, keys);
            }
        }
    }

    // ---- Arguments

    private static void assertRefused(Supplier<?> call, Object... named) {
        var message = assertThatIllegalArgumentException().isThrownBy(call::get);
        for (Object part : named) {
            message.withMessageContaining(part.toString());
        }
    }

    private Supplier<?> gelu(Tensor x) {
        return () -> {
            kernels.gelu(x);
            return x;
        };
    }

    @Test
    void refusesTensorsThatAreNotRows() {
        Tensor good = rows(1, 4, 6, Type.F32);
        Tensor gain = vector(1, 6);
        for (Tensor bad : List.of(gain, good.reshape(1, 4, 6), good.to(ElementType.F16), rows(1, 6, 4, Type.F32)
                .transpose(0, 1), Tensor.zeros(ElementType.F32, 0, 6), Tensor.zeros(ElementType.F32, 4, 0))) {
            for (Supplier<?> call : List.<Supplier<?>>of(() -> kernels.linear(bad, good, null),
                    () -> kernels.layerNorm(bad, gain, gain, EPS), () -> kernels.rmsNorm(bad, gain, null, EPS),
                    () -> kernels.attention(bad, good, good, 1), () -> kernels.attention(good, bad, bad, 1),
                    () -> kernels.attention(good, good, bad, 1), gelu(bad),
                    () -> kernels.gatedResidual(bad, good, null), () -> kernels.gatedResidual(good, bad, null),
                    () -> kernels.linear(good, bad, null))) {
                assertRefused(call, bad);
            }
        }
    }

    @Test
    void refusesOperandsThatDisagree() {
        Tensor x = rows(1, 4, 6, Type.F32);
        Tensor other = rows(1, 4, 8, Type.F32);
        Tensor bf16 = rows(1, 4, 6, Type.BF16);
        Tensor gain = vector(1, 6);
        Tensor long8 = vector(1, 8);
        Function<Tensor, Supplier<?>> byGain = g -> () -> kernels.layerNorm(x, g, gain, EPS);
        assertRefused(() -> kernels.linear(x, other, null), x, other);
        assertRefused(() -> kernels.linear(x, bf16, null), x, bf16);
        assertRefused(() -> kernels.linear(x, x, long8), x, long8);
        assertRefused(() -> kernels.linear(x, x, vector(1, 4).to(ElementType.BF16)), x, "BF16 [4]");
        assertRefused(byGain.apply(long8), x, long8);
        assertRefused(byGain.apply(gain.to(ElementType.BF16)), x, "BF16 [6]");
        assertRefused(() -> kernels.layerNorm(x, gain, long8, EPS), x, long8);
        assertRefused(() -> kernels.rmsNorm(x, long8, null, EPS), x, long8);
        assertRefused(() -> kernels.gatedResidual(x, other, null), x, other);
        assertRefused(() -> kernels.gatedResidual(x, bf16, null), x, bf16);
        assertRefused(() -> kernels.gatedResidual(x, x, long8), x, long8);
        assertRefused(() -> kernels.attention(x, other, other, 1), x, other);
        assertRefused(() -> kernels.attention(x, x, other, 1), x, other);
        assertRefused(() -> kernels.attention(x, bf16, bf16, 1), x, bf16);
        assertRefused(() -> kernels.attention(x, x, x, 4), x, "4 heads");
        assertRefused(() -> kernels.attention(x, x, x, 0), x, "0 heads");
    }

    @Test
    void refusesRotariesThatDisagree() {
        Tensor x = rows(1, 4, 6, Type.F32);
        Tensor gain = vector(1, 6);
        Tensor good = rows(2, 4, 2, Type.F32);
        for (Tensor bad : List.of(rows(2, 5, 2, Type.F32), rows(2, 4, 4, Type.F32), rows(2, 4, 3, Type.F32),
                good.to(ElementType.BF16), vector(1, 2), Tensor.zeros(ElementType.F32, 4, 0),
                rows(2, 2, 4, Type.F32).transpose(0, 1))) {
            assertRefused(() -> kernels.rmsNorm(x, gain, new Kernels.Rotary(bad, bad), EPS), x, bad);
            assertRefused(() -> kernels.rmsNorm(x, gain, new Kernels.Rotary(good, bad), EPS), x, bad);
        }
    }

    @Test
    void refusesToRunWhenClosed() {
        Tensor x = rows(1, 4, 6, Type.F32);
        ComputeDevice closed = open(NativeThreads.count());
        Kernels own = closed.kernels();
        own.attention(x, x, x, 1);
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> own.linear(x, x, null)).withMessageContaining("closed");
        assertThatIllegalStateException().isThrownBy(() -> own.gelu(x)).withMessageContaining("closed");
        assertThatCode(closed::close).doesNotThrowAnyException();
    }
}
