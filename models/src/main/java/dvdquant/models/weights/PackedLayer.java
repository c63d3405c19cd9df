package dvdquant.models.weights;

import dvdquant.core.format.BitPacking;
import dvdquant.core.quant.PackedWeight;
import dvdquant.core.quant.QuantizedRow;
import dvdquant.core.quant.RowQuantizer;
import dvdquant.core.quant.WeightExpansion;
import dvdquant.core.quant.WeightScheme;
import dvdquant.tensor.Int8Weights;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/**
 * A linear layer quantized in memory, as a checkpoint would hold it: for benchmarks, which need no files. The garbage collector
 * frees it.
 */
public final class PackedLayer {
    private static final int ROWS_A_TASK = 64;

    private final PackedWeight packed;
    private final float[] bias;

    private PackedLayer(PackedWeight packed, float[] bias) {
        this.packed = packed;
        this.bias = bias;
    }

    /**
     * Quantizes a layer, on all cores.
     *
     * @param weight [out, in]
     * @param bias [out]
     */
    public static PackedLayer of(Tensor weight, Tensor bias, WeightScheme scheme) {
        int out = Math.toIntExact(weight.dim(0));
        int in = Math.toIntExact(weight.dim(1));
        float[] values = weight.toFloats();
        var packed = PackedWeight.allocate(Arena.ofAuto(), out, in, scheme);
        inParallel(out, (first, last) -> {
            var quantizer = new RowQuantizer(in, scheme);
            for (int row = first; row < last; row++) {
                packed.store(row, quantizer.quantize(values, row * in));
            }
        });
        return new PackedLayer(packed, bias.toFloats());
    }

    /**
     * Expands the codes to (q − z) · m, on all cores.
     *
     * @param values takes [out, in] bytes
     */
    public void expand(MemorySegment values) {
        int in = packed.columns();
        long rowBytes = BitPacking.rowBytes(in, packed.scheme().range().bits());
        inParallel(packed.rows(), (first, last) -> {
            var expansion = new WeightExpansion(in, packed.scheme().range());
            var grids = new QuantizedRow(in, packed.scheme());
            for (int row = first; row < last; row++) {
                packed.loadGrids(row, grids);
                expansion.expandRow(packed.codes(), row * rowBytes, grids.zeroPoints(), grids.multipliers(), values,
                        (long) row * in);
            }
        });
    }

    /** A row's step, [out]. */
    public float[] scales() {
        return packed.scales().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    /** [out] */
    public float[] bias() {
        return bias.clone();
    }

    /** Brings it to a device. */
    public Int8Weights load(Kernels kernels) {
        try (var memory = Arena.ofShared()) {
            MemorySegment values = memory.allocate((long) packed.rows() * packed.columns(), 64);
            expand(values);
            return kernels.int8Weights(values, scales(), bias);
        }
    }

    private interface Rows {
        void process(int first, int last);
    }

    private static void inParallel(int rows, Rows task) {
        IntStream.range(0, Math.ceilDiv(rows, ROWS_A_TASK)).parallel()
                .forEach(t -> task.process(t * ROWS_A_TASK, Math.min(rows, (t + 1) * ROWS_A_TASK)));
    }
}
