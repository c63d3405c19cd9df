package dvdquant.tensor;

import dvdquant.core.format.BitPacking;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.core.quant.weights.WeightExpansion;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/** Reads a checkpoint's packed weights on all cores. */
public final class PackedWeightReader {
    private static final int ROWS_A_TASK = 64;

    private PackedWeightReader() {}

    /** What is done to some rows. */
    @FunctionalInterface
    public interface RowTask {
        /**
         * Works on rows {@code first} … {@code last} − 1.
         *
         * @param first of the rows
         * @param last the row after them
         */
        void apply(int first, int last);
    }

    /**
     * Shares rows out among the cores, and returns when all are done.
     *
     * @param rows how many there are
     * @param task called by several threads at once, with different rows
     */
    public static void forRows(int rows, RowTask task) {
        IntStream.range(0, Math.ceilDiv(rows, ROWS_A_TASK)).parallel()
                .forEach(t -> task.apply(t * ROWS_A_TASK, Math.min(rows, (t + 1) * ROWS_A_TASK)));
    }

    /**
     * Expands the codes to (q − z) · m.
     *
     * @param weight [rows, columns]
     * @param values takes [rows, columns] bytes
     */
    public static void expand(PackedWeight weight, MemorySegment values) {
        int columns = weight.columns();
        forRows(weight.rows(), (first, last) -> expand(weight, first, last,
                values.asSlice((long) first * columns, (long) (last - first) * columns)));
    }

    /**
     * Expands rows {@code first} … {@code last} − 1, on this thread.
     *
     * @param weight [rows, columns]
     * @param first of the rows
     * @param last the row after them
     * @param values takes [last − first, columns] bytes
     */
    public static void expand(PackedWeight weight, int first, int last, MemorySegment values) {
        int columns = weight.columns();
        long rowBytes = BitPacking.rowBytes(columns, weight.scheme().range().bits());
        var expansion = new WeightExpansion(columns, weight.scheme().range());
        var grids = new QuantizedRow(columns, weight.scheme());
        for (int row = first; row < last; row++) {
            weight.loadGrids(row, grids);
            expansion.expandRow(weight.codes(), row * rowBytes, grids.zeroPoints(), grids.multipliers(), values,
                    (long) (row - first) * columns);
        }
    }

    /**
     * {@return each row's step, [rows]}
     *
     * @param weight whose groups have no steps of their own
     */
    public static float[] scales(PackedWeight weight) {
        return weight.scales().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
}
