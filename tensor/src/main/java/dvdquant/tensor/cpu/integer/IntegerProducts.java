package dvdquant.tensor.cpu.integer;

import java.lang.foreign.MemorySegment;

/**
 * Products of 8-bit activations and quantized weights, summed exactly in 32 bits: those of one thread. A block of tokens is prepared once and
 * multiplied by stretches of weights, which lie as a {@link WeightLayout} says.
 */
public interface IntegerProducts extends AutoCloseable {
    /**
     * Makes a block ready; its memory must stay as it is while it is multiplied.
     *
     * @param codes [tokens, in] bytes
     * @param tokens at most {@link WeightLayout#tokens}
     */
    void prepare(MemorySegment codes, int tokens, int in);

    /**
     * codes · weightsᵀ of the block that was prepared.
     *
     * @param sums takes [tokens, rows] I32, rows that are {@link #stride} apart
     */
    void multiply(CpuQuantizedWeights weights, int stretch, MemorySegment sums);

    /** From one token's sums to the next: rows in whole panels of 16. */
    static int stride(int rows) {
        return Math.ceilDiv(rows, 16) * 16;
    }

    @Override
    void close();

    /** Such that take weights as bytes. */
    interface OfBytes extends IntegerProducts {
        /** Bytes of a stretch of weights as {@link #pack} leaves it. */
        long packedBytes(int rows, int in);

        /**
         * Lays out a stretch of weights for {@link #multiply}.
         *
         * @param values [rows, in] bytes
         * @param packed takes {@link #packedBytes}
         */
        void pack(MemorySegment values, int rows, int in, MemorySegment packed);

        /** As {@link #multiply(CpuQuantizedWeights, int, MemorySegment)}, by a stretch that {@link #pack} left. */
        void multiply(MemorySegment packed, int rows, MemorySegment sums);

        @Override
        default void multiply(CpuQuantizedWeights weights, int stretch, MemorySegment sums) {
            multiply(weights.packed(stretch), weights.rows(stretch), sums);
        }
    }
}
