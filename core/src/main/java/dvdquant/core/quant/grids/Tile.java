package dvdquant.core.quant.grids;

import java.util.Arrays;

/**
 * Weights laid out for a {@link GridKernel}: 16 lanes side by side, value i of lane l at {@code values[16 · i + l]}. Either each lane
 * is a group with a grid of its own, or all lanes together are one row with one grid; in both cases lanes are filled up with zeros,
 * which every grid represents exactly.
 */
final class Tile {
    static final int LANES = 16;

    final float[] values;
    final boolean oneGrid;
    /** Lanes that hold weights: the first ones; all of them if they share a grid. */
    final int filled;
    /** Weights of one grid, padding not counted. */
    final int weights;
    /** Values of one lane. */
    final int depth;
    /** Which steps can be stored, and the power of two by which the weights were multiplied. */
    StepFormat steps = StepFormat.EXACT;

    private Tile(int depth, boolean oneGrid, int filled, int weights) {
        this.values = new float[Math.multiplyExact(depth, LANES)];
        this.depth = depth;
        this.oneGrid = oneGrid;
        this.filled = filled;
        this.weights = weights;
    }

    static Tile ofRow(int columns) {
        return new Tile(Math.ceilDiv(columns, LANES), true, LANES, columns);
    }

    /** Of up to 16 groups. */
    static Tile ofGroups(int groups, int columns) {
        return new Tile(columns, false, groups, columns);
    }

    /** Takes a whole row. */
    void fillRow(float[] row, int offset) {
        System.arraycopy(row, offset, values, 0, weights);
    }

    /** Takes groups that follow one another; the other lanes stay zero. */
    void fillGroups(float[] row, int offset) {
        for (int group = 0; group < filled; group++) {
            int from = offset + group * depth;
            for (int i = 0; i < depth; i++) {
                values[i * LANES + group] = row[from + i];
            }
        }
    }

    /** Multiplies all weights by 2ᵉ, whose steps are then multiples of what they must be in the end. */
    void scale(StepFormat format) {
        steps = format;
        if (format.exponent() == 0) return;
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.scalb(values[i], format.exponent());
        }
    }

    /** Turns sums of lanes into sums of grids: all lanes hold the total if they share a grid. */
    void combine(float[] sums) {
        if (!oneGrid) return;
        double total = 0;
        for (float sum : sums) {
            total += sum;
        }
        Arrays.fill(sums, (float) total);
    }

    /** Likewise for bounds. */
    void combineBounds(float[] minimum, float[] maximum) {
        if (!oneGrid) return;
        float least = minimum[0];
        float most = maximum[0];
        for (int lane = 1; lane < LANES; lane++) {
            least = Math.min(least, minimum[lane]);
            most = Math.max(most, maximum[lane]);
        }
        Arrays.fill(minimum, least);
        Arrays.fill(maximum, most);
    }
}
