package dvdquant.core.quant.grids;

import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.core.quant.weights.ReferenceRowKernel;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightError;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class RowQuantizerTest {
    private static final Rotation NONE = new Rotation.None();
    private static final GroupSize ROW = new GroupSize.WholeRow();
    private static final int[] SIZES = {1, 4, 6, 13, 25, 207, 702, 2046, 1536, 5120};

    static LongStream seeds() {
        return Seeds.of(3);
    }

    private static WeightScheme scheme(int bits, Rounding rounding, GroupSize group) {
        return new WeightScheme(new CodeRange(bits), rounding, group, NONE);
    }

    /** Those that find grids for such groups. */
    private static List<Rounding> roundings(GroupSize group) {
        return Arrays.stream(Rounding.values())
                .filter(r -> r != Rounding.CLIP || !(group instanceof GroupSize.Multiples)).toList();
    }

    private static List<GroupSize> groups(int columns) {
        var groups = new ArrayList<GroupSize>(List.of(ROW));
        for (int size : new int[]{1, 2, 13, 64}) {
            if (columns % size == 0) groups.addAll(List.of(new GroupSize.Multiples(size), new GroupSize.Free(size)));
        }
        return groups;
    }

    /** Rows that break things: heavy tails, outliers, denormals, huge values, one sign. */
    static List<float[]> hostile(long seed, int columns) {
        SplittableRandom random = Seeds.random(seed);
        float[] gauss = Seeds.gaussian(seed, columns);
        var rows = new ArrayList<float[]>();
        rows.add(gauss);
        rows.add(map(gauss, x -> x * x * x * x * x));
        rows.add(map(gauss, x -> x / (float) Math.pow(random.nextDouble(), 3)));
        rows.add(map(gauss, Math::abs));
        rows.add(map(gauss, x -> 10 + x));
        rows.add(map(gauss, x -> -10 + x));
        rows.add(map(gauss, x -> x * 5e37f));
        rows.add(map(gauss, x -> x * 1e-38f));
        rows.add(map(gauss, x -> x * 1e-44f));
        rows.add(map(gauss, x -> x * 1e-30f));
        rows.add(map(gauss, x -> Math.signum(x) * Float.MAX_VALUE / 2));
        rows.add(map(gauss, x -> random.nextInt(50) == 0 ? x * 1e10f : x));
        rows.add(map(gauss, x -> random.nextInt(3) == 0 ? 0 : -0f));
        rows.add(map(gauss, x -> random.nextInt(3) == 0 ? 0.3f : 0));
        rows.add(map(gauss, x -> random.nextInt(3) == 0 ? Float.MIN_VALUE : 0));
        rows.add(map(gauss, x -> random.nextInt(9) - 4f));
        float[] outlier = gauss.clone();
        outlier[random.nextInt(columns)] = 1e4f;
        rows.add(outlier);
        float[] alone = new float[columns];
        alone[random.nextInt(columns)] = -3;
        rows.add(alone);
        float[] sparse = gauss.clone();
        Arrays.fill(sparse, 0, columns / 2, 0);
        rows.add(sparse);
        return rows;
    }

    private interface Change {
        float of(float x);
    }

    private static float[] map(float[] values, Change change) {
        float[] result = values.clone();
        for (int i = 0; i < result.length; i++) {
            result[i] = change.of(result[i]);
        }
        return result;
    }

    private static double error(float[] row, WeightScheme scheme) {
        return new RowQuantizer(row.length, scheme).quantize(row.clone(), 0).squaredError(row, 0);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void isNeverWorseThanMinMax(long seed) {
        for (int columns : SIZES) {
            for (GroupSize group : groups(columns)) {
                int bits = 2 + (int) Math.floorMod(seed + columns + group.hashCode(), 7L);
                int index = 0;
                for (float[] row : hostile(seed, columns)) {
                    if (group instanceof GroupSize.Free && !fitsHalf(row)) continue;
                    for (CodeRange range : List.of(new CodeRange(bits), new CodeRange(bits, true))) {
                        var scheme = new WeightScheme(range, Rounding.MINMAX, group, NONE);
                        double minMax = error(row, scheme);
                        for (Rounding rounding : roundings(group)) {
                            assertThat(error(row, scheme.withRounding(rounding)))
                                    .as("%s, %s, row %d of %d columns, %s", range, group, index, columns, rounding)
                                    // The sums that are compared are themselves rounded.
                                    .isFinite().isLessThanOrEqualTo(minMax * (1 + 1e-14));
                        }
                    }
                    index++;
                }
            }
        }
    }

    private static boolean fitsHalf(float[] row) {
        for (float weight : row) {
            if (Math.abs(weight) > 65504) return false;
        }
        return true;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
    void constantRowsAreExact(int bits) {
        for (float value : new float[]{0, -0f, 1, -1, 0.1f, -3e38f, Float.MIN_VALUE, -1e-40f, 1e30f}) {
            for (int columns : SIZES) {
                for (GroupSize group : groups(columns)) {
                    for (Rounding rounding : roundings(group)) {
                        if (group instanceof GroupSize.Free) continue;
                        float[] row = new float[columns];
                        Arrays.fill(row, value);
                        assertThat(error(row, scheme(bits, rounding, group))).isZero();
                    }
                }
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void codesAreNearestAndFitInt8(long seed) {
        for (int bits = 2; bits <= 8; bits++) {
            for (float[] row : hostile(seed, 256)) {
                for (GroupSize group : List.of(ROW, new GroupSize.Multiples(64))) {
                    QuantizedRow result = new RowQuantizer(256, scheme(bits, Rounding.BGR, group)).quantize(row.clone(),
                            0);
                    assertNearest(result, row);
                }
            }
        }
    }

    private static void assertNearest(QuantizedRow result, float[] row) {
        CodeRange range = result.range();
        for (int k = 0; k < row.length; k++) {
            int group = k / result.groupColumns();
            int zero = Byte.toUnsignedInt(result.zeroPoints()[group]);
            int low = range.lowestOf(zero);
            int centered = Byte.toUnsignedInt(result.codes()[k]) - zero;
            assertThat(result.step(group)).isPositive().isFinite();
            assertThat(result.multipliers()[group]).isBetween((byte) 1, (byte) range.maximumMultiplier());
            assertThat(centered * result.multipliers()[group]).isBetween(-127, 127);
            assertThat(Byte.toUnsignedInt(result.codes()[k])).isLessThan(1 << range.bits());
            double exact = Math.clamp(row[k] / (double) result.step(group), low, low + range.span());
            assertThat(Math.abs(centered - exact)).isLessThan(0.5 + 1e-4);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void gaussianRowsComeNearTheBestIntegerZeroPoint(long seed) {
        var meter = new ErrorMeter(4096, scheme(4, Rounding.BGR, ROW));
        WeightError error = WeightError.NONE;
        for (int row = 0; row < 50; row++) {
            error = error.plus(meter.of(Seeds.gaussian(seed + 1000 * row, 4096), 0));
        }
        System.out.printf(Locale.ROOT, "Gaussian rows of 4,096, 4 bits: %.2f dB%n", error.sqnrDb(Rounding.BGR));
        assertThat(error.sqnrDb(Rounding.BGR)).isGreaterThan(19.25);
        assertThat(error.sqnrDb(Rounding.MINMAX)).isBetween(16.5, 17.6);
    }

    /**
     * MinMax agrees row by row. A search does not: where two moves are equally good, the last bit of a sum decides which it takes, and
     * in a row of few columns that ends elsewhere. Over many such rows the errors agree.
     */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void vectorsAndPlainLoopsAgree(long seed) {
        for (int columns : SIZES) {
            for (GroupSize group : groups(columns)) {
                for (Rounding rounding : roundings(group)) {
                    var scheme = scheme(4, rounding, group);
                    var plain = new RowQuantizer(columns, scheme, new ReferenceGridKernel(), new ReferenceRowKernel());
                    double all = 0;
                    double allReference = 0;
                    for (int i = 0; i < Math.ceilDiv(1024, columns); i++) {
                        float[] row = Seeds.gaussian(seed + i, columns);
                        double reference = plain.quantize(row.clone(), 0).squaredError(row, 0);
                        double error = error(row, scheme);
                        if (rounding == Rounding.MINMAX) {
                            assertThat(error).isCloseTo(reference, within(1e-6 * reference + 1e-12));
                        }
                        all += error;
                        allReference += reference;
                    }
                    assertThat(all).as("%s, %d columns", scheme, columns)
                            .isCloseTo(allReference, within(0.01 * allReference + 1e-12));
                }
            }
        }
    }

    /** Bounded refinement ends within some thousandths of the least error that there is. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void searchesComeNearToTheLeastError(long seed) {
        CodeRange range = new CodeRange(4);
        double row = 0;
        double leastRow = 0;
        double multiples = 0;
        double leastMultiples = 0;
        for (int i = 0; i < 8; i++) {
            float[] weights = Seeds.gaussian(seed + i, 512);
            row += error(weights, scheme(4, Rounding.BGR, ROW));
            leastRow += ExhaustiveGrids.row(weights, range);
            multiples += error(weights, scheme(4, Rounding.BGR, new GroupSize.Multiples(64)));
            leastMultiples += ExhaustiveGrids.multiples(weights, 64, range);
        }
        System.out.printf(Locale.ROOT, "over the least error: rows %.4f, groups %.4f%n", row / leastRow,
                multiples / leastMultiples);
        assertThat(row / leastRow).isBetween(0.999, 1.03);
        assertThat(multiples / leastMultiples).isBetween(0.99, 1.03);
    }

    @Test
    void minMaxIsTheFormula() {
        float[] row = Seeds.gaussian(4, 1000);
        QuantizedRow result = new RowQuantizer(1000, scheme(4, Rounding.MINMAX, ROW)).quantize(row.clone(), 0);
        double least = row[0];
        double most = row[0];
        for (float weight : row) {
            least = Math.min(least, weight);
            most = Math.max(most, weight);
        }
        double step = (most - least) / 15;
        assertThat(result.scales()).containsExactly((float) step);
        assertThat(result.zeroPoints()).containsExactly((byte) Math.rint(-least / step));
    }

    @Test
    void refusesWhatItCannotDo() {
        var quantizer = new RowQuantizer(64, scheme(4, Rounding.BGR, new GroupSize.Multiples(64)));
        for (float bad : new float[]{Float.NaN, Float.NEGATIVE_INFINITY}) {
            for (int at : new int[]{0, 17, 63}) {
                float[] row = new float[64];
                row[at] = bad;
                assertThatThrownBy(() -> quantizer.quantize(row, 0)).hasMessageContaining("NaN or infinite");
            }
        }
        var free = new RowQuantizer(64, scheme(4, Rounding.BGR, new GroupSize.Free(64)));
        float[] large = new float[64];
        large[5] = -7e4f;
        assertThatThrownBy(() -> free.quantize(large, 0)).hasMessageContaining("70000").hasMessageContaining("F16");
        assertThatThrownBy(() -> new RowQuantizer(100, scheme(4, Rounding.BGR, new GroupSize.Multiples(64))))
                .hasMessageContaining("64").hasMessageContaining("100");
        assertThatThrownBy(() -> new CodeRange(9)).hasMessageContaining("not 9");
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void symmetricRowsHaveOneZeroPoint(long seed) {
        for (int bits = 2; bits <= 8; bits++) {
            var scheme = new WeightScheme(new CodeRange(bits, true), Rounding.MINMAX, ROW, NONE);
            float[] row = Seeds.gaussian(seed, 300);
            QuantizedRow quantized = new RowQuantizer(300, scheme).quantize(row, 0);
            float largest = new ReferenceRowKernel().magnitude(row, 0, 300);
            assertThat(Byte.toUnsignedInt(quantized.zeroPoints()[0])).isEqualTo(1 << bits - 1);
            assertThat(quantized.scales()[0]).isEqualTo(largest / ((1 << bits - 1) - 1));
            double expected = shrunk(row, bits, quantized.scales()[0]);
            assertThat(quantized.squaredError(row, 0)).isCloseTo(expected, within(1e-5 * expected));
        }
    }

    /** The search over ratios, in plain loops of float64. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void clippingIsTheBestOfEightyRatios(long seed) {
        float[] row = Seeds.gaussian(seed, 1536);
        row[7] *= 3;
        for (int bits : new int[]{3, 4, 6}) {
            float step = new ReferenceRowKernel().magnitude(row, 0, row.length) / ((1 << bits - 1) - 1);
            double best = Double.POSITIVE_INFINITY;
            for (int percent = 21; percent <= 100; percent++) {
                best = Math.min(best, shrunk(row, bits, step * percent / 100f));
            }
            var scheme = new WeightScheme(new CodeRange(bits, true), Rounding.CLIP, ROW, NONE);
            QuantizedRow quantized = new RowQuantizer(row.length, scheme).quantize(row, 0);
            assertThat(quantized.squaredError(row, 0)).isCloseTo(best, within(1e-4 * best));
        }
        assertThatThrownBy(() -> scheme(4, Rounding.CLIP, new GroupSize.Multiples(64)))
                .hasMessageContaining("integer multipliers");
    }

    /** ‖w − Δ clamp(round(w / Δ))‖². */
    private static double shrunk(float[] row, int bits, float step) {
        int lowest = bits == 8 ? -127 : -(1 << bits - 1);
        double error = 0;
        for (float weight : row) {
            double difference = weight - step * Math.clamp(Math.rint(weight / step), lowest, (1 << bits - 1) - 1.0);
            error += difference * difference;
        }
        return error;
    }
}
