package dvdquant.core.quantize;

import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.BFloat16;
import dvdquant.core.quant.grids.RowQuantizer;
import dvdquant.core.quant.weights.LowRank;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.safetensors.SourceTensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/**
 * Quantizes one layer's weight, its rows shared out among threads: smoothed, less the low-rank branch, rotated, rounded.
 *
 * @param smoothing of the layers, if the format has one
 */
record LayerQuantizer(QuantizedFormat format, Map<String, float[]> smoothing, RowTasks tasks) {
    /**
     * @param memory what the result is allocated in
     * @return the layer's tensors, in the order of {@link QuantizedFormat#tensors}
     */
    List<MemorySegment> quantize(SourceTensor weight, Arena memory) {
        LayerBasis basis = basis(weight);
        var packed = PackedWeight.allocate(memory, Math.toIntExact(weight.rows()), weight.columns(), format.weights());
        var idle = new ConcurrentLinkedQueue<RowQuantizer>();
        tasks.run(weight, (first, last) -> {
            RowQuantizer quantizer = Objects.requireNonNullElseGet(idle.poll(),
                    () -> new RowQuantizer(packed.columns(), format.weights()));
            quantizeRows(weight, basis, first, last, quantizer, packed);
            idle.add(quantizer);
            return null;
        });
        var tensors = new ArrayList<MemorySegment>();
        Stream.of(packed.codes(), packed.scales(), packed.zeroPoints(), packed.multipliers())
                .filter(part -> part.byteSize() > 0).forEach(tensors::add);
        basis.smoothing().ifPresent(factors -> tensors.add(memory.allocateFrom(ValueLayout.JAVA_FLOAT, factors)));
        basis.branch().ifPresent(branch -> {
            tensors.add(bfloat16(branch.down(), memory, false));
            tensors.add(bfloat16(branch.up(), memory, true));
        });
        return tensors;
    }

    private LayerBasis basis(SourceTensor weight) {
        String layer = TensorLayout.layerOf(weight.name()).orElseThrow();
        var smoothed = new LayerBasis(format.smoothing().map(_ -> smoothing.get(layer)), Optional.empty(),
                format.weights().rotation().forColumns(weight.columns()));
        return format.lowRank() == 0 ? smoothed : smoothed.withBranch(branch(weight, smoothed));
    }

    private LowRank branch(SourceTensor weight, LayerBasis smoothed) {
        var values = new float[Math.toIntExact(weight.rows())][weight.columns()];
        for (int row = 0; row < values.length; row++) {
            weight.read(row, values[row]);
            smoothed.smooth(values[row]);
        }
        return LowRank.of(values, format.lowRank())
                .rounded(value -> BFloat16.toFloat(BFloat16.fromFloat(value)));
    }

    private static MemorySegment bfloat16(float[][] rows, Arena memory, boolean transposed) {
        int columns = rows[0].length;
        MemorySegment values = memory.allocate((long) rows.length * columns * Short.BYTES, Short.BYTES);
        for (int i = 0; i < rows.length; i++) {
            for (int k = 0; k < columns; k++) {
                long at = transposed ? (long) k * rows.length + i : (long) i * columns + k;
                values.setAtIndex(ValueLayout.JAVA_SHORT, at, BFloat16.fromFloat(rows[i][k]));
            }
        }
        return values;
    }

    private static void quantizeRows(SourceTensor weight, LayerBasis basis, int first, int last, RowQuantizer quantizer,
            PackedWeight packed) {
        var row = new float[packed.columns()];
        for (int r = first; r < last; r++) {
            weight.read(r, row);
            basis.reduce(row, r);
            try {
                packed.store(r, quantizer.quantize(row, 0));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("row " + r + ": " + e.getMessage(), e);
            }
        }
    }
}
