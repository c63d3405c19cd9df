package dvdquant.core.quant;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * From bounds to grids, for all lanes of a tile at once: Δ = (high − low) / (2ᵇ − 1), z = round(−low / Δ), clamped. Bounds include
 * zero, since every grid does.
 */
final class GridBounds {
    /** The step of nothing but zeros: below any other, and its inverse is finite. */
    private static final float EMPTY = 0x1p-120f;

    final float[] low = new float[Tile.LANES];
    final float[] high = new float[Tile.LANES];

    /** The grids that span these bounds. */
    void span(Tile tile, CodeRange range, Grids grids) {
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            var least = Lanes.load(low, part);
            var most = Lanes.load(high, part);
            var step = range.symmetric()
                    ? Lanes.larger(least.neg(), most).div(range.symmetricHighest())
                    : most.sub(least).div(range.span());
            step.blend(EMPTY, step.compare(VectorOperators.EQ, 0)).intoArray(grids.step, part);
        }
        tile.steps.nearest(grids.step);
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            FloatVector lowest = Lanes.load(low, part).div(Lanes.load(grids.step, part));
            Lanes.round(lowest, range.lowest(), range.highestLow()).intoArray(grids.low, part);
        }
    }

    /** Widens the bounds to zero. */
    void includeZero() {
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            Lanes.smaller(Lanes.load(low, part), Lanes.ZERO).intoArray(low, part);
            Lanes.larger(Lanes.load(high, part), Lanes.ZERO).intoArray(high, part);
        }
    }

    /** These bounds, but that the low or the high one, or both, are moved towards zero by a part of the range. */
    void moved(GridBounds from, float[] move, boolean moveLow, boolean moveHigh) {
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            var least = Lanes.load(from.low, part);
            var most = Lanes.load(from.high, part);
            FloatVector by = most.sub(least).mul(Lanes.load(move, part));
            (moveLow ? Lanes.smaller(least.add(by), Lanes.ZERO) : least).intoArray(low, part);
            (moveHigh ? Lanes.larger(most.sub(by), Lanes.ZERO) : most).intoArray(high, part);
        }
    }

    /** These bounds times a ratio. */
    void shrunk(GridBounds from, float ratio) {
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            Lanes.load(from.low, part).mul(ratio).intoArray(low, part);
            Lanes.load(from.high, part).mul(ratio).intoArray(high, part);
        }
    }

    /** Takes the bounds of some lanes. */
    void take(GridBounds from, VectorMask<Float> lanes, int part) {
        Lanes.load(from.low, part).intoArray(low, part, lanes);
        Lanes.load(from.high, part).intoArray(high, part, lanes);
    }
}
