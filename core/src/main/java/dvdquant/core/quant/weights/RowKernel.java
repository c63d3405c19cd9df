package dvdquant.core.quant.weights;

/** Loops along a row. Both kernels give the same bits. */
public sealed interface RowKernel permits ReferenceRowKernel, VectorRowKernel {
    /** A step, the smallest and the largest q. */
    record Grid(float step, int low, int high) {}

    /** The largest |value|; not less than infinity if one is NaN or infinite. */
    float magnitude(float[] values, int offset, int count);

    /** Whether all values are the first one; false if that is NaN. */
    boolean isConstant(float[] values, int offset, int count);

    /** The codes of a row by its grids: clamp(round(w / Δ), low, high) + z, ties to even. */
    void quantize(float[] values, int offset, QuantizedRow row);

    /** values[offset + i] becomes Δ · clamp(round(values[offset + i] / Δ), low, high), ties to even. */
    void round(float[] values, int offset, int count, Grid grid);
}
