package dvdquant.core.quant;

import jdk.incubator.vector.FloatVector;

import java.util.Arrays;

/**
 * Finds the grids of the groups of one row whose steps are multiples 1 … M of one step Δ: from the best step of each group by
 * itself, a Δ whose multiples come near to them; then by turns each group's multiplier and zero point, and Δ = Σ m⟨c, w⟩ /
 * Σ m²⟨c, c⟩ over the row, as long as the error falls. Owns scratch memory: one a thread. [ours]
 */
final class SharedStepSearch {
    private static final int MOST_ROUNDS = 4;
    private static final double LEAST_GAIN = 1e-3;

    private final GridKernel kernel;
    private final CodeRange range;
    private final GridSearch search;
    private final Tile[] tiles;
    private final Grids[] own;
    private final Grids trial = new Grids();
    private final float[] multipliers = new float[Tile.LANES];
    private final GridKernel.Moments moments = new GridKernel.Moments();
    private final MultipleGrids spanning;
    private final MultipleGrids current;
    private final MultipleGrids best;

    SharedStepSearch(GridKernel kernel, CodeRange range, Tile[] tiles) {
        this.kernel = kernel;
        this.range = range;
        this.search = new GridSearch(kernel, range);
        this.tiles = tiles;
        this.own = new Grids[tiles.length];
        Arrays.setAll(own, _ -> new Grids());
        this.spanning = new MultipleGrids(tiles.length);
        this.current = new MultipleGrids(tiles.length);
        this.best = new MultipleGrids(tiles.length);
    }

    /** The grids of a row that is not all zero; overwritten by the next search. */
    MultipleGrids find(Rounding rounding) {
        span();
        if (rounding == Rounding.MINMAX) return spanning;
        for (int t = 0; t < tiles.length; t++) {
            // A group's own step is only where the search for multiples begins: refining it would be lost work.
            search.find(tiles[t], Rounding.BOUNDED, own[t]);
        }
        best.copy(spanning);
        new StepCandidates(own, range.maximumMultiplier()).forEach(this::tryStep);
        for (int round = 0; round < MOST_ROUNDS && rounding == Rounding.BGR; round++) {
            double before = best.error();
            tryStep(refit());
            if (!(best.error() < before * (1 - LEAST_GAIN))) break;
        }
        return best.error() < spanning.error() * (1 - GridSearch.SURE_GAIN) ? best : spanning;
    }

    /** MinMax: the group with the widest range has the largest multiplier, and none is clipped. */
    private void span() {
        for (int t = 0; t < tiles.length; t++) {
            search.span(tiles[t], own[t]);
        }
        int most = range.maximumMultiplier();
        spanning.step = tiles[0].steps.nearest(StepCandidates.widest(own) / most);
        for (int t = 0; t < tiles.length; t++) {
            Grids grids = spanning.tiles[t];
            for (int lane = 0; lane < Tile.LANES; lane++) {
                float step = own[t].step[lane];
                // A quotient that is an integer but for rounding is that integer.
                float multiplier = (float) Math.clamp(Math.ceil(step / spanning.step * (1 - 1e-6)), 1, most);
                spanning.multiplier[t][lane] = multiplier;
                grids.step[lane] = spanning.step * multiplier;
                grids.low[lane] = (float) Math.clamp(Math.rint(own[t].low[lane] * step / grids.step[lane]),
                        range.lowest(), range.highestLow());
            }
            kernel.errors(tiles[t], range.span(), grids);
        }
    }

    /** Gives each group the best multiplier and zero point for that step of the row; keeps all if the error falls. */
    private void tryStep(float step) {
        current.step = tiles[0].steps.nearest(step);
        for (int t = 0; t < tiles.length; t++) {
            Arrays.fill(current.tiles[t].error, Float.POSITIVE_INFINITY);
            for (int more = -1; more <= 1; more++) {
                for (float shift = -0.5f; shift <= 0.5f; shift++) {
                    propose(own[t], more, shift);
                    kernel.errors(tiles[t], range.span(), trial);
                    current.takeBetter(t, trial, multipliers);
                }
            }
        }
        if (current.error() < best.error()) best.copy(current);
    }

    /** The multiplier nearest to the group's own step and {@code more}; the grid's middle stays, but for rounding, where it is. */
    private void propose(Grids own, int more, float shift) {
        float half = range.span() / 2f;
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            FloatVector wanted = Lanes.load(own.step, part);
            FloatVector multiplier = Lanes.round(wanted.div(current.step).add(more), 1, range.maximumMultiplier());
            FloatVector step = multiplier.mul(current.step);
            FloatVector low = Lanes.load(own.low, part).add(half).mul(wanted).div(step).add(shift - half);
            multiplier.intoArray(multipliers, part);
            step.intoArray(trial.step, part);
            Lanes.round(low, range.lowest(), range.highestLow()).intoArray(trial.low, part);
        }
    }

    private float refit() {
        double weights = 0;
        double codes = 0;
        for (int t = 0; t < tiles.length; t++) {
            kernel.moments(tiles[t], range.span(), best.tiles[t], moments);
            for (int lane = 0; lane < Tile.LANES; lane++) {
                double multiplier = best.multiplier[t][lane];
                weights += multiplier * moments.codesTimesWeights()[lane];
                codes += multiplier * multiplier * moments.squaredCodes()[lane];
            }
        }
        return weights > 0 ? (float) (weights / codes) : best.step;
    }
}
