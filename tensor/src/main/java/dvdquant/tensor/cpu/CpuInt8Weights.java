package dvdquant.tensor.cpu;

import dvdquant.tensor.Int8Weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Int8 weights in stretches of {@link #STRETCH} rows, each packed as the products with it want: a stretch's product with a block of
 * tokens fits the second-level cache, and so do its 32-bit results while they are scaled.
 */
final class CpuInt8Weights implements Int8Weights {
    /** Rows in a stretch; a product of a block then has 256 KiB of results. */
    static final int STRETCH = 512;
    /** Tokens in a block. */
    static final int BLOCK = 128;

    private final Arena memory = Arena.ofShared();
    private final int out;
    private final int in;
    private final float[] scales;
    private final float[] bias;
    private final MemorySegment[] stretches;

    CpuInt8Weights(int out, int in, float[] scales, float[] bias) {
        this.out = out;
        this.in = in;
        this.scales = scales.clone();
        this.bias = bias == null ? new float[out] : bias.clone();
        this.stretches = new MemorySegment[Math.ceilDiv(out, STRETCH)];
    }

    /**
     * Packs one stretch, on a thread like those that will multiply by it: oneDNN's layout depends on the number of threads.
     *
     * @param values [out, in] bytes
     */
    void pack(int stretch, MemorySegment values, IntegerProducts products) {
        int rows = rows(stretch);
        MemorySegment packed = memory.allocate(products.packedBytes(rows, in), 64);
        products.pack(values.asSlice((long) stretch * STRETCH * in, (long) rows * in), rows, in, packed);
        stretches[stretch] = packed;
    }

    int stretches() {
        return stretches.length;
    }

    int rows(int stretch) {
        return Math.min(STRETCH, out - stretch * STRETCH);
    }

    MemorySegment packed(int stretch) {
        return stretches[stretch];
    }

    float[] scales() {
        return scales;
    }

    float[] bias() {
        return bias;
    }

    @Override
    public int out() {
        return out;
    }

    @Override
    public int in() {
        return in;
    }

    @Override
    public long sizeBytes() {
        return Arrays.stream(stretches).mapToLong(MemorySegment::byteSize).sum();
    }

    @Override
    public void close() {
        memory.close();
    }
}
