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

    /** Counts the errors of a row's weights at {@code weights[offset]}, in the basis of its codes. */
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

    public void addAll(ErrorHistogram other) {
        Arrays.setAll(counts, i -> counts[i] + other.counts[i]);
    }

    /** Of each bin from {@link #low}, in order; the first and the last are those below and above. */
    public long[] counts() {
        return counts.clone();
    }

    /** Where a bin begins, in steps; −∞ for the first. */
    public static double low(int bin) {
        return bin == 0 ? Double.NEGATIVE_INFINITY : -SIDE + (bin - 1) / (double) BINS_A_STEP;
    }

    public long total() {
        return Arrays.stream(counts).sum();
    }
}
