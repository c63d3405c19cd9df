package dvdquant.core.quant.grids;

import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.vector.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import java.util.Arrays;

/**
 * Finds the grids of a tile: step Δ and zero point z with a small ‖w − Δ (q − z)‖², all lanes at once. Owns scratch memory: one a
 * thread.
 *
 * <p>Source: DVD-Quant §3.1; what it leaves open (how far a bound moves) is ours.
 */
final class GridSearch {
    /** A bound moves by this part of the present range at first, then by halves of it. */
    static final float FIRST_MOVE = 1 / 16f;
    static final float LAST_MOVE = 1 / 64f;
    static final int MOST_MOVES = 64;
    private static final int MOST_ROUNDS = 50;
    /** Of the linear search: 1, 0.99, … 0.21 of the bounds. */
    private static final int LEAST_PERCENT = 21;
    private static final float LEAST_GAIN = 1e-5f;
    /**
     * A grid replaces MinMax's only if it is better by more than what the sums in float can be off, so that the true error never
     * rises.
     */
    static final float SURE_GAIN = 1e-4f;

    private final GridKernel kernel;
    private final CodeRange range;
    private final float[] move = new float[Tile.LANES];
    private final float[] sum = new float[Tile.LANES];
    private final Grids spanning = new Grids();
    private final Grids lowMoved = new Grids();
    private final Grids highMoved = new Grids();
    private final Grids current = new Grids();
    private final GridKernel.Moments moments = new GridKernel.Moments();

    GridSearch(GridKernel kernel, CodeRange range) {
        this.kernel = kernel;
        this.range = range;
    }

    /** MinMax's grids of the tile, with their errors. */
    void span(Tile tile, Grids result) {
        kernel.bounds(tile, result.least, result.most);
        result.includeZero();
        result.spanBounds(tile.steps, range);
        kernel.moments(tile, range.span(), result, moments);
    }

    /** The best grids of the tile that the rounding finds, with their errors. */
    void find(Tile tile, Rounding rounding, Grids best) {
        span(tile, best);
        if (rounding == Rounding.MINMAX) return;
        spanning.copy(best);
        if (rounding == Rounding.CLIP) {
            shrink(tile, best);
        } else {
            tighten(tile, best);
            if (rounding == Rounding.BGR) refine(tile, best);
        }
        spanning.takeBetter(best, 1 - SURE_GAIN);
        best.copy(spanning);
    }

    /** Bounded init: moves the lower or the upper bound towards zero, whichever gives less error, until neither does. */
    private void tighten(Tile tile, Grids best) {
        Arrays.fill(move, FIRST_MOVE);
        boolean moving = true;
        for (int i = 0; i < MOST_MOVES && moving; i++) {
            moving = tighten(tile, move, best);
        }
    }

    /**
     * Moves one bound of each lane.
     *
     * @return whether to go on
     */
    boolean tighten(Tile tile, float[] move, Grids best) {
        lowMoved.moveBounds(best, move, true, range.symmetric());
        lowMoved.spanBounds(tile.steps, range);
        highMoved.moveBounds(best, move, range.symmetric(), true);
        highMoved.spanBounds(tile.steps, range);
        kernel.errors(tile, range.span(), lowMoved, highMoved);
        lowMoved.takeBetter(highMoved, 1);
        boolean moving = halveMoves(best, move);
        best.takeBetter(lowMoved, 1);
        return moving;
    }

    /** Linear search: both bounds times a ratio, whichever gives the least error. */
    private void shrink(Tile tile, Grids best) {
        for (int percent = 100; percent > LEAST_PERCENT; percent -= 2) {
            lowMoved.shrinkBounds(spanning, percent / 100f);
            lowMoved.spanBounds(tile.steps, range);
            highMoved.shrinkBounds(spanning, (percent - 1) / 100f);
            highMoved.spanBounds(tile.steps, range);
            kernel.errors(tile, range.span(), lowMoved, highMoved);
            best.takeBetter(lowMoved, 1);
            best.takeBetter(highMoved, 1);
        }
    }

    /** Where the better of the two moves gives no less error; false once all are too small. */
    private boolean halveMoves(Grids best, float[] move) {
        boolean moving = false;
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            var better = Lanes.load(lowMoved.error, part).compare(VectorOperators.LT, Lanes.load(best.error, part));
            FloatVector moves = Lanes.load(move, part);
            moves = moves.blend(moves.mul(0.5f), better.not());
            moves.intoArray(move, part);
            moving |= moves.compare(VectorOperators.GE, LAST_MOVE).anyTrue();
        }
        return moving;
    }

    /** Coordinate descent: Δ = ⟨q−z, w⟩ / ⟨q−z, q−z⟩, then z = round(mean(q − w/Δ)), then q; keeps the best. */
    private void refine(Tile tile, Grids best) {
        current.copy(best);
        kernel.sum(tile, sum);
        for (int round = 0; round < MOST_ROUNDS; round++) {
            kernel.moments(tile, range.span(), current, moments);
            if (round > 0 && !gains(best)) return;
            descend(tile);
        }
    }

    /** Keeps the better grids; false if no lane gained enough. */
    private boolean gains(Grids best) {
        boolean going = false;
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            var limit = Lanes.load(best.error, part).mul(1 - LEAST_GAIN);
            going |= Lanes.load(current.error, part).compare(VectorOperators.LT, limit).anyTrue();
        }
        best.takeBetter(current, 1);
        return going;
    }

    private void descend(Tile tile) {
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            FloatVector step = Lanes.load(moments.codesTimesWeights(), part)
                    .div(Lanes.load(moments.squaredCodes(), part));
            step.intoArray(current.step, part, step.compare(VectorOperators.GT, 0));
        }
        tile.steps.nearest(current.step);
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            FloatVector weights = Lanes.load(sum, part).div(Lanes.load(current.step, part));
            FloatVector shift = Lanes.load(moments.codes(), part).sub(weights).div(tile.weights);
            Lanes.round(Lanes.load(current.low, part).sub(shift), range.lowest(), range.highestLow())
                    .intoArray(current.low, part);
        }
    }
}
