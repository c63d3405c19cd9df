package dvdquant.core.quantize;

import dvdquant.core.checkpoint.LayerData;
import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.checkpoint.LayerPart;
import dvdquant.core.checkpoint.LayerParts;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.BFloat16;
import dvdquant.core.quant.grids.RowQuantizer;
import dvdquant.core.quant.weights.LowRank;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.safetensors.SourceTensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Quantizes one layer's weight, its rows shared out among threads: smoothed, less the low-rank branch, rotated, rounded. The same bytes
 * whatever the threads.
 *
 * @param tasks by which rows are shared out
 */
public record LayerQuantizer(RowTasks tasks) {
    /**
     * Quantizes a weight.
     *
     * @param weight [out, in], named {@code LAYER.weight}
     * @param format how
     * @param smoothing what the layer's input is divided by, [in], if its format has a smoothing
     * @param memory what the result is allocated in
     * @return the layer's tensors, by their parts
     * @throws dvdquant.core.InputException if a weight is NaN or infinite
     */
    public LayerData quantize(SourceTensor weight, LayerFormat format, Optional<float[]> smoothing, Arena memory) {
        return quantize(weight, 0, Math.toIntExact(weight.rows()), format, smoothing, memory);
    }

    /**
     * Quantizes some rows of a weight, as if it had no others.
     *
     * @param weight [out, in], named {@code LAYER.weight}
     * @param firstRow of those
     * @param rows how many
     * @param format how; without a low-rank branch, unless the rows are all
     * @param smoothing what the layer's input is divided by, [in], if its format has a smoothing
     * @param memory what the result is allocated in
     * @return the layer's tensors with just these rows, by their parts
     * @throws dvdquant.core.InputException if a weight is NaN or infinite
     */
    LayerData quantize(SourceTensor weight, int firstRow, int rows, LayerFormat format, Optional<float[]> smoothing,
            Arena memory) {
        String layer = TensorLayout.layerOf(weight.name()).orElseThrow();
        LayerParts parts = format.parts(layer, rows, weight.columns());
        LayerData data = LayerData.allocate(parts, memory);
        LayerBasis basis = basis(weight, format, smoothing);
        PackedWeight packed = data.packed();
        var idle = new ConcurrentLinkedQueue<RowQuantizer>();
        tasks.run(weight, firstRow, rows, (first, last) -> {
            RowQuantizer quantizer = Objects.requireNonNullElseGet(idle.poll(),
                    () -> new RowQuantizer(packed.columns(), format.weights()));
            quantizeRows(weight, basis, first, last, firstRow, quantizer, packed);
            idle.add(quantizer);
            return null;
        });
        basis.smoothing().ifPresent(factors -> MemorySegment.copy(factors, 0, data.of(LayerPart.SMOOTHING),
                ValueLayout.JAVA_FLOAT, 0, factors.length));
        basis.branch().ifPresent(branch -> {
            storeRows(branch.down(), data.of(LayerPart.LORA_DOWN));
            storeColumns(branch.up(), data.of(LayerPart.LORA_UP));
        });
        return data;
    }

    private static LayerBasis basis(SourceTensor weight, LayerFormat format, Optional<float[]> smoothing) {
        var smoothed = new LayerBasis(format.smoothing().map(_ -> smoothing.orElseThrow()), Optional.empty(),
                format.weights().rotation().forColumns(weight.columns()));
        return format.lowRank() == 0 ? smoothed : smoothed.withBranch(branch(weight, smoothed, format.lowRank()));
    }

    private static LowRank branch(SourceTensor weight, LayerBasis smoothed, int rank) {
        var values = new float[Math.toIntExact(weight.rows())][weight.columns()];
        for (int row = 0; row < values.length; row++) {
            weight.read(row, values[row]);
            smoothed.smooth(values[row]);
        }
        return LowRank.of(values, rank).rounded(value -> BFloat16.toFloat(BFloat16.fromFloat(value)));
    }

    /** As BF16, row after row. */
    private static void storeRows(float[][] rows, MemorySegment into) {
        for (int i = 0; i < rows.length; i++) {
            for (int k = 0; k < rows[i].length; k++) {
                into.setAtIndex(ValueLayout.JAVA_SHORT, (long) i * rows[i].length + k, BFloat16.fromFloat(rows[i][k]));
            }
        }
    }

    /** As BF16, transposed. */
    private static void storeColumns(float[][] columns, MemorySegment into) {
        for (int i = 0; i < columns.length; i++) {
            for (int k = 0; k < columns[i].length; k++) {
                into.setAtIndex(ValueLayout.JAVA_SHORT, (long) k * columns.length + i,
                        BFloat16.fromFloat(columns[i][k]));
            }
        }
    }

    private static void quantizeRows(SourceTensor weight, LayerBasis basis, int first, int last, int origin,
            RowQuantizer quantizer, PackedWeight packed) {
        var row = new float[packed.columns()];
        for (int r = first; r < last; r++) {
            weight.read(r, row);
            basis.reduce(row, r);
            try {
                packed.store(r - origin, quantizer.quantize(row, 0));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("row " + r + ": " + e.getMessage(), e);
            }
        }
    }
}
