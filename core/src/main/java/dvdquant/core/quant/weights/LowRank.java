package dvdquant.core.quant.weights;

/**
 * A matrix [rows, columns] of low rank as a product: upᵀ · down. For a weight it holds what is kept at more bits than the rest.
 *
 * @param down [rank, columns], largest singular value first
 * @param up [rank, rows]
 */
public record LowRank(float[][] down, float[][] up) {
    /** A number format's nearest value. */
    @FunctionalInterface
    public interface Format {
        /**
         * {@return the value of the format that is nearest to a number}
         *
         * @param value in F32
         */
        float nearest(float value);
    }

    /**
     * {@return the nearest matrix of that rank to a weight, as its largest singular values and their vectors make it up:
     * {@code up} is orthonormal, {@code down} is that times the weight}
     *
     * <p>Source: SVDQuant (arXiv 2411.05007 §4.2); randomized subspace iteration: Halko, Martinsson and Tropp, arXiv 0909.4061,
     * algorithm 4.4. The same bits for the same weight.
     *
     * @param weight [rows, columns], not changed
     * @param rank how many singular values are kept
     * @throws IllegalArgumentException if the rank is not 1 up to the smaller of rows and columns
     */
    public static LowRank of(float[][] weight, int rank) {
        if (rank < 1 || rank > Math.min(weight.length, weight[0].length)) {
            throw new IllegalArgumentException("rank " + rank + " of a weight [" + weight.length + ", "
                    + weight[0].length + "]");
        }
        return new SubspaceIteration(weight, rank).run();
    }

    /** {@return how many singular values are kept} */
    public int rank() {
        return down.length;
    }

    /**
     * {@return a copy whose factors hold values of a number format only}
     *
     * @param format such as BF16
     */
    public LowRank rounded(Format format) {
        return new LowRank(rounded(down, format), rounded(up, format));
    }

    private static float[][] rounded(float[][] vectors, Format format) {
        var rounded = new float[vectors.length][vectors[0].length];
        for (int r = 0; r < vectors.length; r++) {
            for (int i = 0; i < vectors[r].length; i++) {
                rounded[r][i] = format.nearest(vectors[r][i]);
            }
        }
        return rounded;
    }

    /**
     * Adds this matrix's row {@code index} to a row.
     *
     * @param row [columns], changed
     * @param index of the row of this matrix
     */
    public void addTo(float[] row, int index) {
        for (int r = 0; r < down.length; r++) {
            float factor = up[r][index];
            float[] direction = down[r];
            for (int k = 0; k < row.length; k++) {
                row[k] += factor * direction[k];
            }
        }
    }

    /**
     * Takes this matrix's row {@code index} off a row.
     *
     * @param row [columns], changed
     * @param index of the row of this matrix
     */
    public void subtractFrom(float[] row, int index) {
        for (int r = 0; r < down.length; r++) {
            float factor = up[r][index];
            float[] direction = down[r];
            for (int k = 0; k < row.length; k++) {
                row[k] -= factor * direction[k];
            }
        }
    }
}
