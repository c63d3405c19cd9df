package dvdquant.tensor.cpu;

import dvdquant.tensor.Int8Weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Quantized weights in stretches of {@link #STRETCH} rows, each packed as the products with it want: the sums of a stretch's product with a block
 * of tokens stay in the second-level cache while they are scaled.
 */
final class CpuInt8Weights implements Int8Weights {
    /** Rows in a stretch; a product of a block then has 192 to 256 KiB of results. */
    static final int STRETCH = 512;

    private final Arena memory = Arena.ofShared();
    private final WeightLayout layout;
    private final int out;
    private final int in;
    private final float[] scales;
    private final float[] bias;
    private final MemorySegment[] stretches;

    CpuInt8Weights(WeightLayout layout, int out, int in, float[] scales, float[] bias) {
        this.layout = layout;
        this.out = out;
        this.in = in;
        this.scales = scales.clone();
        this.bias = bias == null ? new float[out] : bias.clone();
        this.stretches = new MemorySegment[Math.ceilDiv(out, STRETCH)];
    }

    /** Memory for a stretch, for the caller to fill. */
    MemorySegment allocate(int stretch, long bytes) {
        stretches[stretch] = memory.allocate(bytes, 64);
        return stretches[stretch];
    }

    WeightLayout layout() {
        return layout;
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
