package dvdquant.tensor.cpu.product;

import dvdquant.tensor.Tensor;

import java.lang.foreign.MemorySegment;

/**
 * Products in F32 of a batch of matrices with weights of their own: result [batch, rows, columns] = source [batch, rows, depth] · weights [batch,
 * depth, columns]. Runs on one thread, and on several at once. What it keeps belongs to the innermost scope.
 */
public interface BatchProduct {
    /**
     * @param columns a multiple of 16
     * @param sourceStride floats from one row of the source to the next, and a {@code rows}th of those from one matrix to the next
     */
    record Sizes(long batch, long rows, long depth, long columns, long sourceStride) {}

    /** @param weights row-major [batch, depth, columns]; not needed afterwards */
    void pack(Tensor weights);

    /** Bytes of scratch memory that a call needs. */
    long scratchBytes();

    void run(long sourceAddress, long resultAddress, MemorySegment scratch);
}
