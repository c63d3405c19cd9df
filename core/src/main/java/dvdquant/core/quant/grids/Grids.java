package dvdquant.core.quant.grids;

import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.vector.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import java.util.Arrays;

/**
 * A grid for each lane of a {@link Tile}, and the squared error of its weights on it. Methods get and return arrays, not vectors: a
 * method that C2 has compiled by itself before is not inlined any more, and vectors that pass its border are boxed.
 */
final class Grids {
    /** The step of nothing but zeros: below any other, and its inverse is finite. */
    static final float EMPTY = 0x1p-120f;

    final float[] step = new float[Tile.LANES];
    /** −z, an integer: the smallest q − z. */
    final float[] low = new float[Tile.LANES];
    final float[] error = new float[Tile.LANES];
    /** m, an integer, where the step is a multiple of a row's; else 1. */
    final float[] multiplier = new float[Tile.LANES];
    /** The bounds of the weights that the grid spans, if it was made so; they include zero, since every grid does. */
    final float[] least = new float[Tile.LANES];
    final float[] most = new float[Tile.LANES];

    Grids() {
        Arrays.fill(step, 1);
        Arrays.fill(multiplier, 1);
    }

    void copy(Grids from) {
        System.arraycopy(from.step, 0, step, 0, Tile.LANES);
        System.arraycopy(from.low, 0, low, 0, Tile.LANES);
        System.arraycopy(from.error, 0, error, 0, Tile.LANES);
        System.arraycopy(from.multiplier, 0, multiplier, 0, Tile.LANES);
        System.arraycopy(from.least, 0, least, 0, Tile.LANES);
        System.arraycopy(from.most, 0, most, 0, Tile.LANES);
    }

    /** Takes the grids of the lanes whose error there is less than {@code factor} times the one here. */
    void takeBetter(Grids from, float factor) {
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            var better = Lanes.load(from.error, part).compare(VectorOperators.LT, Lanes.load(error, part).mul(factor));
            Lanes.load(step, part).blend(Lanes.load(from.step, part), better).intoArray(step, part);
            Lanes.load(low, part).blend(Lanes.load(from.low, part), better).intoArray(low, part);
            Lanes.load(error, part).blend(Lanes.load(from.error, part), better).intoArray(error, part);
            Lanes.load(multiplier, part).blend(Lanes.load(from.multiplier, part), better).intoArray(multiplier, part);
            Lanes.load(least, part).blend(Lanes.load(from.least, part), better).intoArray(least, part);
            Lanes.load(most, part).blend(Lanes.load(from.most, part), better).intoArray(most, part);
        }
    }

    /** Widens the bounds to zero. */
    void includeZero() {
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            Lanes.smaller(Lanes.load(least, part), Lanes.ZERO).intoArray(least, part);
            Lanes.larger(Lanes.load(most, part), Lanes.ZERO).intoArray(most, part);
        }
    }

    /** Takes the bounds of others, but the low or the high one, or both, moved towards zero by a part of the range. */
    void moveBounds(Grids from, float[] move, boolean moveLow, boolean moveHigh) {
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            var low = Lanes.load(from.least, part);
            var high = Lanes.load(from.most, part);
            FloatVector by = high.sub(low).mul(Lanes.load(move, part));
            (moveLow ? Lanes.smaller(low.add(by), Lanes.ZERO) : low).intoArray(least, part);
            (moveHigh ? Lanes.larger(high.sub(by), Lanes.ZERO) : high).intoArray(most, part);
        }
    }

    /** Takes the bounds of others times a ratio. */
    void shrinkBounds(Grids from, float ratio) {
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            Lanes.load(from.least, part).mul(ratio).intoArray(least, part);
            Lanes.load(from.most, part).mul(ratio).intoArray(most, part);
        }
    }

    /** Makes the grids that span the bounds: Δ = (most − least) / (2ᵇ − 1), z = round(−least / Δ), clamped. */
    void spanBounds(StepFormat steps, CodeRange range) {
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            var low = Lanes.load(least, part);
            var high = Lanes.load(most, part);
            var width = range.symmetric() ? Lanes.larger(low.neg(), high) : high.sub(low);
            var exact = width.div(range.symmetric() ? range.symmetricHighest() : range.span());
            exact.blend(EMPTY, exact.compare(VectorOperators.EQ, 0)).intoArray(step, part);
        }
        steps.nearest(step);
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            FloatVector lowest = Lanes.load(least, part).div(Lanes.load(step, part));
            Lanes.round(lowest, range.lowest(), range.highestLow()).intoArray(low, part);
        }
    }

    /** Makes the steps multiples of a row's. */
    void multiply(float rowStep) {
        for (int lane = 0; lane < Tile.LANES; lane++) {
            step[lane] = multiplier[lane] * rowStep;
        }
    }
}
