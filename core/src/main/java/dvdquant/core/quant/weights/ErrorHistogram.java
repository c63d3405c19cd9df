package dvdquant.core.quant.weights;

import java.util.Arrays;

/**
 * How often which errors of rounding occur: w − ŵ in steps of its grid. Within a grid they lie in −½ … ½, about evenly; beyond
 * are weights that the grid clips. Used by one thread at a time.
 */
public final class ErrorHistogram {
    private static final int BINS_A_STEP = 10;
    /** Steps on each side of zero that have bins of their own. */
    private static final int SIDE = 1;
    private static final int BINS = 2 * SIDE * BINS_A_STEP;

    private final long[] counts = new long[BINS + 2];

    /** Of no errors yet. */
    public ErrorHistogram() {}

    /**
     * Counts the errors of a row's weights at {@code weights[offset]}, in the basis of its codes.
     *
     * @param weights before they were quantized, [columns] of them
     * @param offset of the first
     * @param row what became of them
     */
    public void add(float[] weights, int offset, QuantizedRow row) {
        int columns = row.groupColumns();
        for (int group = 0; group < row.zeroPoints().length; group++) {
            float step = row.step(group);
            int zero = Byte.toUnsignedInt(row.zeroPoints()[group]);
            for (int k = group * columns; k < (group + 1) * columns; k++) {
                double error = weights[offset + k] - step * (double) (Byte.toUnsignedInt(row.codes()[k]) - zero);
                counts[bin(error == 0 ? 0 : error / step)]++;
            }
        }
    }

    private static int bin(double steps) {
        return (int) Math.clamp(Math.floor((steps + SIDE) * BINS_A_STEP), -1, BINS) + 1;
    }

    /**
     * Adds what another thread counted.
     *
     * @param other not changed
     */
    public void addAll(ErrorHistogram other) {
        Arrays.setAll(counts, i -> counts[i] + other.counts[i]);
    }

    /**
     * {@return the count of each bin from {@link #low}, in order; the first and the last are of the errors below and above}
     */
    public long[] counts() {
        return counts.clone();
    }

    /**
     * {@return where a bin begins, in steps; −∞ for the first}
     *
     * @param bin index into {@link #counts}
     */
    public static double low(int bin) {
        return bin == 0 ? Double.NEGATIVE_INFINITY : -SIDE + (bin - 1) / (double) BINS_A_STEP;
    }

    /** {@return how many errors were counted} */
    public long total() {
        return Arrays.stream(counts).sum();
    }
}
