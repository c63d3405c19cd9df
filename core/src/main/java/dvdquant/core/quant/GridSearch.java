package dvdquant.core.quant;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
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
    private static final float FIRST_MOVE = 1 / 16f;
    private static final float LAST_MOVE = 1 / 64f;
    private static final int MOST_MOVES = 64;
    private static final int MOST_ROUNDS = 50;
    private static final int LEAST_PERCENT = 21;
    private static final float LEAST_GAIN = 1e-5f;
    /**
     * A grid replaces MinMax's only if it is better by more than what the sums in float can be off, so that the true error never
     * rises.
     */
    static final float SURE_GAIN = 1e-4f;

    private final GridKernel kernel;
    private final CodeRange range;
    private final GridBounds bounds = new GridBounds();
    private final GridBounds lowMovedBounds = new GridBounds();
    private final GridBounds highMovedBounds = new GridBounds();
    private final float[] move = new float[Tile.LANES];
    private final float[] sum = new float[Tile.LANES];
    private final boolean[] done = new boolean[Tile.LANES];
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
        kernel.bounds(tile, bounds.low, bounds.high);
        bounds.includeZero();
        bounds.span(tile, range, spanning);
        kernel.errors(tile, range.span(), spanning);
        result.copy(spanning);
    }

    /** The best grids of the tile that the rounding finds, with their errors. */
    void find(Tile tile, Rounding rounding, Grids best) {
        span(tile, best);
        switch (rounding) {
            case MINMAX -> {
                return;
            }
            case BOUNDED -> tighten(tile, best);
            case BGR -> {
                tighten(tile, best);
                refine(tile, best);
            }
            case CLIP -> shrink(tile, best);
        }
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            var limit = Lanes.load(spanning.error, part).mul(1 - SURE_GAIN);
            best.take(spanning, Lanes.load(best.error, part).compare(VectorOperators.LT, limit).not(), part);
        }
    }

    /** Bounded init: moves the lower or the upper bound towards zero, whichever gives less error, until neither does. */
    private void tighten(Tile tile, Grids best) {
        Arrays.fill(move, FIRST_MOVE);
        boolean moving = true;
        for (int i = 0; i < MOST_MOVES && moving; i++) {
            lowMovedBounds.moved(bounds, move, true, range.symmetric());
            lowMovedBounds.span(tile, range, lowMoved);
            kernel.errors(tile, range.span(), lowMoved);
            if (!range.symmetric()) {
                highMovedBounds.moved(bounds, move, false, true);
                highMovedBounds.span(tile, range, highMoved);
                kernel.errors(tile, range.span(), highMoved);
            }
            moving = acceptBetter(best);
        }
    }

    /** Linear search: both bounds times 0.99, 0.98 … 0.21, whichever gives the least error. */
    private void shrink(Tile tile, Grids best) {
        for (int percent = 99; percent >= LEAST_PERCENT; percent--) {
            lowMovedBounds.shrunk(bounds, percent / 100f);
            lowMovedBounds.span(tile, range, lowMoved);
            kernel.errors(tile, range.span(), lowMoved);
            for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
                best.take(lowMoved, better(lowMoved, best, part), part);
            }
        }
    }

    /** In each lane, takes the better of the two moves or halves them; false once all are too small. */
    private boolean acceptBetter(Grids best) {
        boolean moving = false;
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            FloatVector moves = Lanes.load(move, part);
            VectorMask<Float> going = moves.compare(VectorOperators.GE, LAST_MOVE);
            VectorMask<Float> low = better(lowMoved, best, part).and(going);
            best.take(lowMoved, low, part);
            bounds.take(lowMovedBounds, low, part);
            VectorMask<Float> accepted = low;
            if (!range.symmetric()) {
                VectorMask<Float> high = better(highMoved, best, part).and(going);
                best.take(highMoved, high, part);
                bounds.take(highMovedBounds, high, part);
                accepted = low.or(high);
            }
            moves.blend(moves.mul(0.5f), accepted.not()).intoArray(move, part);
            moving |= going.anyTrue();
        }
        return moving;
    }

    private static VectorMask<Float> better(Grids grids, Grids best, int part) {
        return Lanes.load(grids.error, part).compare(VectorOperators.LT, Lanes.load(best.error, part));
    }

    /** Coordinate descent: Δ = ⟨q−z, w⟩ / ⟨q−z, q−z⟩, then z = round(mean(q − w/Δ)), then q; keeps the best. */
    private void refine(Tile tile, Grids best) {
        current.copy(best);
        kernel.sum(tile, sum);
        Arrays.fill(done, false);
        for (int round = 0; round < MOST_ROUNDS; round++) {
            kernel.moments(tile, range.span(), current, moments);
            if (round > 0 && !settle(best)) return;
            descend(tile);
        }
    }

    /** In each lane, keeps the grid if it is better; false once none gained enough. */
    private boolean settle(Grids best) {
        boolean going = false;
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            FloatVector least = Lanes.load(best.error, part);
            FloatVector gain = least.sub(Lanes.load(current.error, part));
            VectorMask<Float> finished = VectorMask.fromArray(Lanes.FLOATS, done, part);
            best.take(current, gain.compare(VectorOperators.GT, 0).andNot(finished), part);
            VectorMask<Float> gained = gain.compare(VectorOperators.GT, least.mul(LEAST_GAIN)).andNot(finished);
            gained.not().intoArray(done, part);
            going |= gained.anyTrue();
        }
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
