package dvdquant.models.weights;

import dvdquant.core.InputException;
import dvdquant.core.format.BitPacking;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.PackedWeight;
import dvdquant.core.quant.QuantizedRow;
import dvdquant.core.quant.WeightExpansion;
import dvdquant.core.quant.WeightScheme;
import dvdquant.core.safetensors.StoredTensor;
import dvdquant.tensor.Int8Weights;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.TensorScope;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/** Expands a quantized layer of a checkpoint to the small integers that a device multiplies with. */
final class QuantizedLayer {
    private static final int ROWS_A_TASK = 64;

    private final WeightLoader weights;
    private final String name;
    private final PackedWeight packed;

    /** @param in columns of the weight */
    QuantizedLayer(WeightLoader weights, WeightScheme scheme, String name, int in) {
        this.weights = weights;
        this.name = name;
        StoredTensor codes = weights.stored(name + ".qweight");
        boolean shared = PackedWeight.packsGroups(scheme);
        this.packed = new PackedWeight(Math.toIntExact(codes.shape().dim(0)), in, scheme, codes.data(),
                weights.stored(name + ".scale").data(), weights.stored(name + (shared ? ".group" : ".zero")).data(),
                shared ? MemorySegment.NULL : weights.stored(name + ".multiplier").data());
    }

    /** @throws InputException if a group's multiplier or zero point is not one of the format's, or a step is not finite */
    Int8Weights load(Kernels kernels) {
        int in = packed.columns();
        try (var memory = Arena.ofShared(); var _ = TensorScope.open()) {
            MemorySegment values = memory.allocate((long) packed.rows() * in, 64);
            IntStream.range(0, Math.ceilDiv(packed.rows(), ROWS_A_TASK)).parallel().forEach(task -> {
                int first = task * ROWS_A_TASK;
                expand(first, Math.min(packed.rows(), first + ROWS_A_TASK), values);
            });
            float[] scales = weights.get(name + ".scale", ElementType.F32).toFloats();
            float[] bias = weights.get(name + ".bias", ElementType.F32).toFloats();
            weights.release(name + ".qweight");
            return kernels.int8Weights(values, scales, bias);
        }
    }

    private void expand(int first, int last, MemorySegment values) {
        int in = packed.columns();
        long rowBytes = BitPacking.rowBytes(in, packed.scheme().range().bits());
        var expansion = new WeightExpansion(in, packed.scheme().range());
        var grids = new QuantizedRow(in, packed.scheme());
        for (int row = first; row < last; row++) {
            packed.loadGrids(row, grids);
            requireFits(row, grids);
            expansion.expandRow(packed.codes(), row * rowBytes, grids.zeroPoints(), grids.multipliers(), values,
                    (long) row * in);
        }
    }

    /** A byte of a damaged file must not become a weight that wraps around. */
    private void requireFits(int row, QuantizedRow grids) {
        int mostMultiplier = packed.scheme().range().maximumMultiplier();
        int mostZero = packed.scheme().range().symmetric() ? 128 : packed.scheme().range().span();
        for (int group = 0; group < grids.zeroPoints().length; group++) {
            int multiplier = grids.multipliers()[group];
            int zero = Byte.toUnsignedInt(grids.zeroPoints()[group]);
            if (multiplier < 1 || multiplier > mostMultiplier || zero > mostZero) {
                throw new InputException(weights.stored(name + ".qweight").file() + ": layer '" + name + "', row " + row
                        + ", group "
                        + group + ": multiplier " + multiplier + " and zero point " + zero + ", expected at most "
                        + mostMultiplier + " and " + mostZero);
            }
        }
    }
}
