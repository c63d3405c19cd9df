package dvdquant.tensor.cpu.integer;

import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.tensor.QuantizedWeights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Quantized weights in stretches of {@link WeightLayout#rows}, each packed as the products with it want, or in the memory of a checkpoint. */
public final class CpuQuantizedWeights implements QuantizedWeights {
    private final Arena memory = Arena.ofShared();
    private final WeightLayout layout;
    private final int out;
    private final int in;
    private final float[] scales;
    private final float[] bias;
    private final MemorySegment[] stretches;
    private final PackedWeight source;

    /** Whose stretches the caller allocates and fills. */
    public CpuQuantizedWeights(WeightLayout layout, int out, int in, float[] scales, float[] bias) {
        this(layout, out, in, scales, bias, null);
    }

    /** @param source whose memory is used as it is, and must stay */
    public CpuQuantizedWeights(PackedWeight source, float[] scales, float[] bias) {
        this(WeightLayout.PACKED, source.rows(), source.columns(), scales, bias, source);
    }

    private CpuQuantizedWeights(WeightLayout layout, int out, int in, float[] scales, float[] bias,
            PackedWeight source) {
        this.source = source;
        this.layout = layout;
        this.out = out;
        this.in = in;
        this.scales = scales.clone();
        this.bias = bias == null ? new float[out] : bias.clone();
        this.stretches = new MemorySegment[Math.ceilDiv(out, layout.rows())];
    }

    /** Memory for a stretch, for the caller to fill. */
    public MemorySegment allocate(int stretch, long bytes) {
        stretches[stretch] = memory.allocate(bytes, 64);
        return stretches[stretch];
    }

    public WeightLayout layout() {
        return layout;
    }

    public int stretches() {
        return stretches.length;
    }

    public int firstRow(int stretch) {
        return stretch * layout.rows();
    }

    public int rows(int stretch) {
        return Math.min(layout.rows(), out - firstRow(stretch));
    }

    MemorySegment packed(int stretch) {
        return stretches[stretch];
    }

    /** What {@link WeightLayout#PACKED} reads. */
    PackedWeight source() {
        return source;
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
        if (source != null) return source.sizeBytes();
        return Arrays.stream(stretches).mapToLong(MemorySegment::byteSize).sum();
    }

    @Override
    public void close() {
        memory.close();
    }
}
