package dvdquant.core.quant.grids;

import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.RowKernel;
import dvdquant.core.quant.weights.VectorRowKernel;
import dvdquant.core.quant.weights.WeightScheme;

import java.util.Arrays;

/**
 * Quantizes rows of a weight, one at a time: rotates a row, finds its grids, rounds. Owns scratch memory and allocates none a row:
 * one a thread.
 */
public final class RowQuantizer {
    private final int columns;
    private final WeightScheme scheme;
    private final HadamardRotation rotation;
    private final RowKernel rows;
    private final Tile[] tiles;
    private final GridSearch search;
    private final SharedStepSearch shared;
    private final Grids grids = new Grids();
    private final QuantizedRow result;

    /**
     * For rows of that many columns.
     *
     * @throws IllegalArgumentException if a group or the rotation's block does not divide the columns
     */
    public RowQuantizer(int columns, WeightScheme scheme) {
        this(columns, scheme, new VectorGridKernel(), new VectorRowKernel());
    }

    RowQuantizer(int columns, WeightScheme scheme, GridKernel kernel, RowKernel rows) {
        this.columns = columns;
        this.scheme = scheme;
        this.rotation = scheme.rotation().forColumns(columns);
        this.rows = rows;
        this.result = new QuantizedRow(columns, scheme);
        this.tiles = tiles(columns, scheme.group());
        this.search = new GridSearch(kernel, scheme.range());
        this.shared = new SharedStepSearch(kernel, scheme.range(), tiles);
    }

    private static Tile[] tiles(int columns, GroupSize group) {
        int groups = group.groupsOf(columns);
        if (groups == 1) return new Tile[]{Tile.ofRow(columns)};
        var tiles = new Tile[Math.ceilDiv(groups, Tile.LANES)];
        Arrays.setAll(tiles,
                t -> Tile.ofGroups(Math.min(Tile.LANES, groups - t * Tile.LANES), group.columnsOf(columns)));
        return tiles;
    }

    public int columns() {
        return columns;
    }

    /**
     * Quantizes the row {@code weights[offset … offset + columns)}, which is rotated in place.
     *
     * @return the codes and their grids, overwritten by the next call
     * @throws IllegalArgumentException if a weight is NaN or infinite, or too large for steps stored as F16
     * @throws IndexOutOfBoundsException if the array is shorter
     */
    public QuantizedRow quantize(float[] weights, int offset) {
        rotation.rotate(weights, offset);
        float magnitude = rows.magnitude(weights, offset, columns);
        if (!(magnitude < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("a weight is NaN or infinite");
        }
        boolean half = scheme.group() instanceof GroupSize.Free;
        if (half && magnitude > StepFormat.LARGEST_HALF) {
            throw new IllegalArgumentException(
                    "a weight of " + magnitude + " is too large for steps that are stored as F16");
        }
        Arrays.fill(result.multipliers(), (byte) 1);
        if (!half && rows.isConstant(weights, offset, columns)) {
            constant(weights[offset]);
            return result;
        }
        StepFormat format = StepFormat.of(magnitude, half);
        if (!tiles[0].oneGrid || half || format.exponent() != 0) return search(weights, offset, format);
        MinMaxRow.quantize(weights, offset, result);
        if (scheme.rounding() == Rounding.MINMAX) return result;
        double spanning = result.squaredError(weights, offset);
        // A grid that is the extremes' but for the last bit of a step must not cost what a tie costs.
        if (search(weights, offset, format).squaredError(weights, offset) > spanning) {
            MinMaxRow.quantize(weights, offset, result);
        }
        return result;
    }

    /** Finds the grids in float32, and rounds to them. */
    private QuantizedRow search(float[] weights, int offset, StepFormat format) {
        fill(weights, offset, format);
        findGrids();
        rows.quantize(weights, offset, result);
        return result;
    }

    /** All weights alike: the step is their magnitude, exactly. */
    private void constant(float weight) {
        CodeRange range = scheme.range();
        int code = (int) Math.signum(weight);
        int zero = range.zeroPoint(Math.clamp(code, range.lowest(), range.highestLow()));
        Arrays.fill(result.scales(), weight == 0 ? 1 : Math.abs(weight));
        Arrays.fill(result.zeroPoints(), (byte) zero);
        Arrays.fill(result.codes(), (byte) (zero + code));
    }

    private void fill(float[] weights, int offset, StepFormat format) {
        if (tiles[0].oneGrid) tiles[0].fillRow(weights, offset);
        for (int t = 0; t < tiles.length; t++) {
            if (!tiles[t].oneGrid) tiles[t].fillGroups(weights, offset + t * Tile.LANES * result.groupColumns());
            tiles[t].scale(format);
        }
    }

    private void findGrids() {
        if (scheme.group() instanceof GroupSize.Multiples && !tiles[0].oneGrid) {
            MultipleGrids found = shared.find(scheme.rounding());
            result.scales()[0] = tiles[0].steps.stored(found.step);
            for (int group = 0; group < result.zeroPoints().length; group++) {
                Grids tile = found.grids[group / Tile.LANES];
                result.multipliers()[group] = (byte) tile.multiplier[group % Tile.LANES];
                store(group, (int) tile.low[group % Tile.LANES]);
            }
            return;
        }
        for (int t = 0; t < tiles.length; t++) {
            search.find(tiles[t], scheme.rounding(), grids);
            int first = t * Tile.LANES;
            int last = Math.min(tiles[t].oneGrid ? 1 : first + Tile.LANES, result.zeroPoints().length);
            for (int group = first; group < last; group++) {
                result.scales()[group] = tiles[t].steps.stored(grids.step[group - first]);
                store(group, (int) grids.low[group - first]);
            }
        }
    }

    private void store(int group, int low) {
        result.zeroPoints()[group] = (byte) scheme.range().zeroPoint(low);
    }
}
