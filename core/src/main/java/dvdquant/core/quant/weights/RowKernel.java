package dvdquant.core.quant.weights;

/** Loops along a row. Both kernels give the same bits. */
public sealed interface RowKernel permits ReferenceRowKernel, VectorRowKernel {
    /**
     * The values Δ · i for the integers i from low to high.
     *
     * @param step Δ, above zero
     * @param low smallest i
     * @param high largest i
     */
    record Grid(float step, int low, int high) {}

    /**
     * {@return the largest |value|; not less than infinity if one is NaN or infinite}
     *
     * @param values of one or more rows
     * @param offset of the first
     * @param count how many, from there
     */
    float magnitude(float[] values, int offset, int count);

    /**
     * {@return whether all values are the first one; false if that is NaN}
     *
     * @param values of one or more rows
     * @param offset of the first
     * @param count how many, from there
     */
    boolean isConstant(float[] values, int offset, int count);

    /**
     * The codes of a row by its grids: clamp(round(w / Δ), low, high) + z, ties to even.
     *
     * @param values w, the weights
     * @param offset of the row's first
     * @param row whose grids are read and whose codes are written
     */
    void quantize(float[] values, int offset, QuantizedRow row);

    /**
     * values[offset + i] becomes Δ · clamp(round(values[offset + i] / Δ), low, high), ties to even.
     *
     * @param values changed in place
     * @param offset of the first
     * @param count how many, from there
     * @param grid of the values that are kept
     */
    void round(float[] values, int offset, int count, Grid grid);
}
