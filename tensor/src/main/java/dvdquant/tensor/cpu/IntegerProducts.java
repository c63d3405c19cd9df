package dvdquant.tensor.cpu;

import java.lang.foreign.MemorySegment;

/**
 * Products of 8-bit integers, summed exactly in 32 bits: those of one thread. How weights lie in memory for them is theirs to say.
 */
interface IntegerProducts extends AutoCloseable {
    /** Bytes of a stretch of weights as {@link #pack} leaves it. */
    long packedBytes(int rows, int in);

    /**
     * Lays out a stretch of weights for {@link #multiply}.
     *
     * @param values [rows, in] bytes
     * @param packed takes {@link #packedBytes}
     */
    void pack(MemorySegment values, int rows, int in, MemorySegment packed);

    /**
     * codes · weightsᵀ.
     *
     * @param codes [tokens, in] bytes
     * @param tokens at most {@link CpuInt8Weights#BLOCK}
     * @param weights as {@link #pack} left them
     * @param sums takes [tokens, rows] I32
     */
    void multiply(MemorySegment codes, int tokens, int in, MemorySegment weights, int rows, MemorySegment sums);

    @Override
    void close();
}
