package dvdquant.core.quant.grids;

import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.vector.Fma;

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
    private final GroupKernel groups;
    private final CodeRange range;
    private final Tile[] tiles;
    private final Grids[] own;
    private final float[] move = new float[Tile.LANES];
    private final StepCandidates candidates;
    private final GridKernel.Moments moments = new GridKernel.Moments();
    private final MultipleGrids spanning;
    private final MultipleGrids current;
    private final MultipleGrids best;

    SharedStepSearch(GridKernel kernel, CodeRange range, Tile[] tiles) {
        this.kernel = kernel;
        this.groups = switch (kernel) {
            case VectorGridKernel _ when Fma.FUSED -> new VectorGroupKernel(range);
            default -> new ReferenceGroupKernel(kernel, range);
        };
        this.range = range;
        this.tiles = tiles;
        this.own = new Grids[tiles.length];
        Arrays.setAll(own, _ -> new Grids());
        this.candidates = new StepCandidates(tiles, own, range.maximumMultiplier());
        this.spanning = new MultipleGrids(tiles);
        this.current = new MultipleGrids(tiles);
        this.best = new MultipleGrids(tiles);
    }

    /** The grids of a row that is not all zero; overwritten by the next search. */
    MultipleGrids find(Rounding rounding) {
        span();
        if (rounding == Rounding.MINMAX) return spanning;
        int moves = range.bits() < BITS_OF_FEW_MOVES ? GridSearch.MOST_MOVES : MOVES;
        for (int t = 0; t < tiles.length; t++) {
            tighten(t, moves);
        }
        best.copy(spanning);
        candidates.find();
        for (int i = 0; i < candidates.found(); i++) {
            tryStep(candidates.step(i));
        }
        if (rounding == Rounding.BGR) refine();
        return best.error < spanning.error * (1 - GridSearch.SURE_GAIN) ? best : spanning;
    }

    /** MinMax: the group with the widest range has the largest multiplier, and none is clipped. */
    private void span() {
        for (int t = 0; t < tiles.length; t++) {
            groups.span(tiles[t], range, own[t]);
        }
        spanning.step = tiles[0].steps.nearest(candidates.widest() / range.maximumMultiplier());
        for (int t = 0; t < tiles.length; t++) {
            groups.spanMultiples(tiles[t], range, spanning.step, own[t], spanning.grids[t]);
        }
        spanning.sumErrors();
    }

    private void tighten(int t, int mostMoves) {
        Arrays.fill(move, GridSearch.FIRST_MOVE);
        boolean moving = true;
        for (int i = 0; i < mostMoves && moving; i++) {
            moving = groups.tighten(tiles[t], range, move, own[t]);
        }
    }

    /** Gives each group the best multiplier and zero point for that step of the row; keeps all if the error falls. */
    private void tryStep(float step) {
        current.step = tiles[0].steps.nearest(step);
        current.forget();
        for (int t = 0; t < tiles.length; t++) {
            groups.tryPair(tiles[t], range, current.step, GroupKernel.Pair.ENDS, own[t], current.grids[t]);
            groups.tryPair(tiles[t], range, current.step, GroupKernel.Pair.NEIGHBORS, own[t], current.grids[t]);
        }
        current.sumErrors();
        if (current.error < best.error) best.copy(current);
    }

    /** Coordinate descent: Δ for the codes, then the codes for Δ; multipliers and zero points stay. Keeps the best. */
    private void refine() {
        current.copy(best);
        for (int round = 0; round < MOST_ROUNDS; round++) {
            float step = refit();
            double error = current.error;
            if (round > 0) {
                double before = best.error;
                if (!(error < before)) return;
                best.copy(current);
                if (!(error < before * (1 - LEAST_GAIN))) return;
            }
            current.step = tiles[0].steps.nearest(step);
            for (Grids grids : current.grids) {
                grids.multiply(current.step);
            }
        }
    }

    /** The best step of the row for the codes on the current grids, whose errors it updates. */
    private float refit() {
        double weights = 0;
        double codes = 0;
        for (int t = 0; t < tiles.length; t++) {
            Grids grids = current.grids[t];
            kernel.moments(tiles[t], range.span(), grids, moments);
            for (int lane = 0; lane < tiles[t].filled; lane++) {
                double multiplier = grids.multiplier[lane];
                weights += multiplier * moments.codesTimesWeights()[lane];
                codes += multiplier * multiplier * moments.squaredCodes()[lane];
            }
        }
        current.sumErrors();
        return weights > 0 ? (float) (weights / codes) : current.step;
    }
}
