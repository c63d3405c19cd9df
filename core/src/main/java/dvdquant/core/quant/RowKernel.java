package dvdquant.core.quant;

/** Loops along a row. Both kernels give the same bits. */
sealed interface RowKernel permits ReferenceRowKernel, VectorRowKernel {
    /** A step, the smallest and the largest q − z, and z. */
    record Grid(float step, int low, int high, int zero) {}

    /** The largest |value|; not less than infinity if one is NaN or infinite. */
    float magnitude(float[] values, int offset, int count);

    /** Whether all values are the first one; false if that is NaN. */
    boolean isConstant(float[] values, int offset, int count);

    /** codes[to + i] = clamp(round(values[from + i] / Δ), low, high) + z, ties to even. */
    void quantize(float[] values, int from, int count, Grid grid, byte[] codes, int to);

    /** values[offset + i] becomes Δ · clamp(round(values[offset + i] / Δ), low, high), ties to even. */
    void round(float[] values, int offset, int count, Grid grid);
}
