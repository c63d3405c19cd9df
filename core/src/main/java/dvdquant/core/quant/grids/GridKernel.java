package dvdquant.core.quant.grids;

/**
 * The loops over weights that finding a grid consists of. All give a result a lane, or, if the lanes of the tile share a grid, the
 * same total in all lanes. With c = clamp(round(w · (1/Δ)), low, low + span), ties to even:
 */
sealed interface GridKernel permits ReferenceGridKernel, VectorGridKernel {
    /** The smallest and the largest weight; +0 and −0 are the same. */
    void bounds(Tile tile, float[] minimum, float[] maximum);

    /** Σ w. */
    void sum(Tile tile, float[] sum);

    /** Σ (w − Δ c)² on each of two grids, into their {@code error}; in one pass, which costs less than two. */
    void errors(Tile tile, int span, Grids one, Grids other);

    /** Σ (w − Δ c)² into {@code grids.error}, Σ c, Σ c·w and Σ c². */
    void moments(Tile tile, int span, Grids grids, Moments moments);

    /** Sums over the weights of a grid, a lane each. */
    record Moments(float[] codes, float[] codesTimesWeights, float[] squaredCodes) {
        Moments() {
            this(new float[Tile.LANES], new float[Tile.LANES], new float[Tile.LANES]);
        }
    }

    /** q − z of one weight on a grid of step 1 / {@code inverse}. */
    static float code(float weight, float inverse, float low, int span) {
        return (float) Math.clamp(Math.rint(weight * inverse), low, low + span);
    }
}
