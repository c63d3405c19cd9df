package dvdquant.tensor.cpu.convolution;

import java.lang.foreign.MemorySegment;

/**
 * How a convolution within a frame becomes products of matrices. The result is cut into cells of a few pixels; what a cell sees of the
 * input is expanded into a row of each of a batch of matrices, and the rows of the products are collected into the cell.
 */
sealed interface Cells permits Winograd, Gathered {
    /** Pixels of the result along each side of a cell. */
    int side();

    /** Pixels of the input from one cell to the next. */
    int step();

    /** Pixels of the input that a cell sees along each side. */
    int extent();

    /** Matrices in a batch. */
    int batch();

    /** Entries of a row for each input channel. */
    int taps();

    /**
     * The weights of one tap in time, as the products need them: {@code [batch][taps][channels]} for each output channel.
     *
     * @param kernel [height, width] of one input and one output channel
     * @param into [batch · taps]
     */
    void weights(float[] kernel, float[] into);

    /**
     * Expands a cell.
     *
     * @param patch pixels of {@code channels} floats, in rows of {@code rowStride} floats
     * @param at the float where the cell's first pixel begins
     * @param channels whole vectors
     * @param rows memory of the matrices
     * @param first byte of the cell's row in the first matrix
     * @param matrixStride bytes from one matrix to the next
     */
    void expand(float[] patch, int at, int rowStride, int channels, MemorySegment rows, long first, long matrixStride);

    /**
     * Collects a cell: {@code into} gets side² pixels of {@code channels} floats.
     *
     * @param channels whole vectors
     * @param rows memory of the products
     * @param first byte of the cell's row in the first matrix
     * @param matrixStride bytes from one matrix to the next
     */
    void collect(MemorySegment rows, long first, long matrixStride, int channels, float[] into);
}
