package dvdquant.core.quant;

import jdk.incubator.vector.FloatVector;

import java.util.Arrays;

/**
 * Finds the grids of the groups of one row whose steps are multiples 1 … M of one step Δ: from the best step of each group by
 * itself, a Δ whose multiples come near to them, and each group's multiplier and zero point for it; then Δ = Σ m⟨c, w⟩ /
 * Σ m²⟨c, c⟩ over the row, and the codes for that, by turns, as long as the error falls. Owns scratch memory: one a thread. [ours]
 */
final class SharedStepSearch {
    /** A group's own grid is only where the search for multiples begins: from four bits on, the last moves gain nothing. */
    private static final int MOVES = 3;
    private static final int BITS_OF_FEW_MOVES = 4;
    private static final int MOST_ROUNDS = 4;
    private static final double LEAST_GAIN = 1e-3;

    private final GridKernel kernel;
    private final CodeRange range;
    private final GridSearch search;
    private final Tile[] tiles;
    private final Grids[] own;
    private final StepCandidates candidates;
    private final Grids trial = new Grids();
    private final Grids otherTrial = new Grids();
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
        this.candidates = new StepCandidates(own, range.maximumMultiplier());
        this.spanning = new MultipleGrids(tiles.length);
        this.current = new MultipleGrids(tiles.length);
        this.best = new MultipleGrids(tiles.length);
    }

    /** The grids of a row that is not all zero; overwritten by the next search. */
    MultipleGrids find(Rounding rounding) {
        for (int t = 0; t < tiles.length; t++) {
            search.span(tiles[t], own[t]);
        }
        span();
        if (rounding == Rounding.MINMAX) return spanning;
        int moves = range.bits() < BITS_OF_FEW_MOVES ? GridSearch.MOST_MOVES : MOVES;
        for (int t = 0; t < tiles.length; t++) {
            search.tighten(tiles[t], own[t], moves);
        }
        best.copy(spanning);
        candidates.forEach(this::tryStep);
        if (rounding == Rounding.BGR) refine();
        return best.error() < spanning.error() * (1 - GridSearch.SURE_GAIN) ? best : spanning;
    }

    /** MinMax: the group with the widest range has the largest multiplier, and none is clipped. */
    private void span() {
        int most = range.maximumMultiplier();
        spanning.step = tiles[0].steps.nearest(StepCandidates.widest(own) / most);
        for (int t = 0; t < tiles.length; t++) {
            spanGroups(own[t], spanning.tiles[t]);
            kernel.moments(tiles[t], range.span(), spanning.tiles[t], moments);
        }
    }

    private void spanGroups(Grids own, Grids grids) {
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            FloatVector wanted = Lanes.load(own.step, part).div(spanning.step);
            // Rounded up; a quotient that is an integer but for rounding is that integer.
            FloatVector multiplier = Lanes.round(wanted.add(0.5f - 4e-6f), 1, range.maximumMultiplier());
            FloatVector low = Lanes.load(own.low, part).mul(wanted).div(multiplier);
            multiplier.intoArray(grids.multiplier, part);
            multiplier.mul(spanning.step).intoArray(grids.step, part);
            Lanes.round(low, range.lowest(), range.highestLow()).intoArray(grids.low, part);
        }
    }

    /** Gives each group the best multiplier and zero point for that step of the row; keeps all if the error falls. */
    private void tryStep(float step) {
        current.step = tiles[0].steps.nearest(step);
        for (int t = 0; t < tiles.length; t++) {
            Arrays.fill(current.tiles[t].error, Float.POSITIVE_INFINITY);
            // A finer grid clips, a coarser one does not; between them it matters at which end.
            tryPair(t, 0, -0.5f, 0, 0.5f);
            tryPair(t, -1, 0, 1, 0);
        }
        if (current.error() < best.error()) best.copy(current);
    }

    private void tryPair(int t, int more, float shift, int otherMore, float otherShift) {
        propose(own[t], more, shift, trial);
        propose(own[t], otherMore, otherShift, otherTrial);
        kernel.errors(tiles[t], range.span(), trial, otherTrial);
        current.tiles[t].takeBetter(trial, 1);
        current.tiles[t].takeBetter(otherTrial, 1);
    }

    /** The multiplier nearest to the group's own step and {@code more}; the grid's middle stays, but for rounding, where it is. */
    private void propose(Grids own, int more, float shift, Grids proposal) {
        float half = range.span() / 2f;
        float inverse = 1 / current.step;
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            FloatVector wanted = Lanes.load(own.step, part).mul(inverse);
            FloatVector multiplier = Lanes.round(wanted.add(more), 1, range.maximumMultiplier());
            FloatVector low = Lanes.load(own.low, part).add(half).mul(wanted).div(multiplier).add(shift - half);
            multiplier.intoArray(proposal.multiplier, part);
            multiplier.mul(current.step).intoArray(proposal.step, part);
            Lanes.round(low, range.lowest(), range.highestLow()).intoArray(proposal.low, part);
        }
    }

    /** Coordinate descent: Δ for the codes, then the codes for Δ; multipliers and zero points stay. Keeps the best. */
    private void refine() {
        current.copy(best);
        for (int round = 0; round < MOST_ROUNDS; round++) {
            float step = refit();
            double error = current.error();
            if (round > 0) {
                double before = best.error();
                if (!(error < before)) return;
                best.copy(current);
                if (!(error < before * (1 - LEAST_GAIN))) return;
            }
            current.step = tiles[0].steps.nearest(step);
            for (Grids grids : current.tiles) {
                grids.multiply(current.step);
            }
        }
    }

    /** The best step of the row for the codes on the current grids, whose errors it updates. */
    private float refit() {
        double weights = 0;
        double codes = 0;
        for (int t = 0; t < tiles.length; t++) {
            Grids grids = current.tiles[t];
            kernel.moments(tiles[t], range.span(), grids, moments);
            for (int lane = 0; lane < Tile.LANES; lane++) {
                double multiplier = grids.multiplier[lane];
                weights += multiplier * moments.codesTimesWeights()[lane];
                codes += multiplier * multiplier * moments.squaredCodes()[lane];
            }
        }
        return weights > 0 ? (float) (weights / codes) : current.step;
    }
}
