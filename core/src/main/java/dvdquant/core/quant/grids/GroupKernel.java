package dvdquant.core.quant.grids;

import dvdquant.core.quant.weights.CodeRange;

/**
 * The passes over a tile of groups that {@link SharedStepSearch} consists of. Lanes without a group are left as they are, or get a
 * grid of nothing but zeros.
 */
sealed interface GroupKernel permits ReferenceGroupKernel, VectorGroupKernel {
    /** Two ways to come from a group's own grid to one of a multiplier: what is added to the multiplier, and to the zero point. */
    record Pair(float more, float shift, float otherMore, float otherShift) {
        /** The nearest multiplier; a finer grid clips, and it matters at which end. */
        static final Pair ENDS = new Pair(0, -0.5f, 0, 0.5f);
        static final Pair NEIGHBORS = new Pair(-1, 0, 1, 0);
    }

    /** The grids that span the groups, without their errors. */
    void span(Tile tile, CodeRange range, Grids own);

    /**
     * The grids of multiples of a step that span what others span, the multipliers rounded up.
     *
     * @param own whose errors are found too
     */
    void spanMultiples(Tile tile, CodeRange range, float step, Grids own, Grids multiples);

    /**
     * Moves one bound of each group as {@link GridSearch#tighten} does.
     *
     * @return whether to go on
     */
    boolean tighten(Tile tile, CodeRange range, float[] move, Grids best);

    /**
     * Replaces grids by those of multiples of a step that have less error: with the multiplier nearest to the group's own step, and
     * the middle, but for rounding, where the group's own grid has it, changed in the two ways of a pair.
     */
    void tryPair(Tile tile, CodeRange range, float step, Pair pair, Grids own, Grids best);
}
