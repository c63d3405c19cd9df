package dvdquant.tensor.cpu.attention;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.cpu.rows.RowKernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The softmax of a block of rows that comes in stretches: weights are powers relative to a reference of each row, sums of them are
 * kept, and what was summed before is rescaled where a reference has to rise (arXiv 2205.14135).
 *
 * <p>Any score that is not far below the largest does as a reference; so it is the largest of the first few, and it rises only
 * where a later one is 2⁶⁰ times as heavy. Thus the scores are read once, not a first time for their maximum.
 */
final class RunningSoftmax {
    /** In powers of two: what f32 and bf16 hold beside thousands of keys and large values. */
    private static final float HEADROOM = 60;
    private static final float LOG2_E = 1.442695f;
    /** A score of no weight. Not −∞, of which the exponential would be a NaN. */
    private static final float NONE = -1e30f;

    private final ElementType type;
    private final int rows;
    private final float scale;
    /** What is added to a row's scores in powers of two: minus its reference. NaN: none yet. */
    private final float[] shifts;
    private final float[] sums;
    private final float[] stretchSums = new float[Softmax.LANES];

    /** @param type of the weights: F32 or BF16 */
    RunningSoftmax(ElementType type, int rows, int headSize) {
        this.type = type;
        this.rows = rows;
        scale = LOG2_E / (float) Math.sqrt(headSize);
        shifts = new float[rows];
        sums = new float[rows * Softmax.LANES];
    }

    /**
     * {@code count} scores or weights and what fills them up: the products of AMX go over 32 weights at once, those beyond the last too,
     * times zero, which for a NaN would not be nothing.
     */
    private static int wholeTiles(int count) {
        return Math.ceilDiv(count, 32) * 32;
    }

    /**
     * From one row to the next. Without the last 32 it would mostly be a power of two, and the rows of a column would share few places in
     * the first cache (scores of 256 queries and 512 keys: 24 ms in place of 20, of 4,096 tokens and 12 heads).
     */
    static int stride(int count) {
        return wholeTiles(count) + 32;
    }

    /** Multiplies what the weights of earlier stretches were taken to. */
    interface Rescaling {
        void multiply(int row, float factor);
    }

    /** Forgets the block before. */
    void clear() {
        Arrays.fill(shifts, Float.NaN);
        Arrays.fill(sums, 0);
    }

    /** Writes the weights of a stretch of {@code count} scores a row. */
    void weigh(MemorySegment scores, MemorySegment weights, int count, Rescaling earlier) {
        int width = wholeTiles(count);
        for (int r = 0; r < rows; r++) {
            long row = (long) r * stride(count);
            for (int i = count; i < width; i++) {
                scores.setAtIndex(ValueLayout.JAVA_FLOAT, row + i, NONE);
            }
            if (Float.isNaN(shifts[r])) shifts[r] = -Softmax.max(scores, row, Softmax.LANES) * scale;
            if (exponentials(scores, weights, row, width, shifts[r]) > HEADROOM) {
                raise(r, -Softmax.max(scores, row, width) * scale, earlier);
                exponentials(scores, weights, row, width, shifts[r]);
            }
            for (int lane = 0; lane < Softmax.LANES; lane++) {
                sums[r * Softmax.LANES + lane] += stretchSums[lane];
            }
        }
    }

    private float exponentials(MemorySegment scores, MemorySegment weights, long row, int width, float shift) {
        return type == ElementType.F32
                ? Softmax.toF32(scores, weights, row, width, scale, shift, stretchSums)
                : Softmax.toBf16(scores, weights, row, width, scale, shift, stretchSums);
    }

    private void raise(int r, float shift, Rescaling earlier) {
        float factor = (float) Math.exp(((double) shift - shifts[r]) * Math.log(2));
        shifts[r] = shift;
        for (int i = r * Softmax.LANES; i < (r + 1) * Softmax.LANES; i++) {
            sums[i] *= factor;
        }
        earlier.multiply(r, factor);
    }

    /** The sum of a row's weights; to be asked for once. */
    float total(int row) {
        return RowKernels.sumOfLanes(sums, row * Softmax.LANES);
    }
}
