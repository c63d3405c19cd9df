package dvdquant.core.metrics;

import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * The mean of some measurements and its standard error, s / √n with s² over n − 1.
 *
 * @param mean infinite if a measurement is
 * @param error empty for a single measurement, and where an infinite one stands among others
 * @param count of measurements
 */
public record MeanWithError(double mean, OptionalDouble error, int count) {
    /** @throws IllegalArgumentException if there is none, or one is NaN */
    public static MeanWithError of(double... values) {
        if (values.length == 0) throw new IllegalArgumentException("mean of nothing");
        for (double value : values) {
            if (Double.isNaN(value)) throw new IllegalArgumentException("mean with a NaN");
        }
        int n = values.length;
        double mean = allEqual(values) ? values[0] : Arrays.stream(values).sum() / n;
        return new MeanWithError(mean, error(values, mean), n);
    }

    /**
     * Of the differences a − b of paired measurements, such as two methods on the same prompts and seeds: what the pairs have in
     * common cancels, so that a difference can be told from none although both means have larger errors. Two infinite values of
     * one sign differ by 0.
     *
     * @throws IllegalArgumentException if the lengths differ, or as {@link #of}
     */
    public static MeanWithError ofDifferences(double[] a, double[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException("pairs of " + a.length + " and " + b.length + " measurements");
        }
        var differences = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            differences[i] = a[i] == b[i] ? 0 : a[i] - b[i];
        }
        return of(differences);
    }

    private static boolean allEqual(double[] values) {
        return Arrays.stream(values).allMatch(value -> value == values[0]);
    }

    private static OptionalDouble error(double[] values, double mean) {
        int n = values.length;
        if (n == 1) return OptionalDouble.empty();
        if (allEqual(values)) return OptionalDouble.of(0);
        if (!Double.isFinite(mean)) return OptionalDouble.empty();
        double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
        return OptionalDouble.of(Math.sqrt(squares / (n - 1) / n));
    }
}
