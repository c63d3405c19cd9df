package dvdquant.models.quantize;

import dvdquant.core.InputException;
import dvdquant.core.format.BFloat16;
import dvdquant.core.quant.LowRank;
import dvdquant.core.quant.PackedWeight;
import dvdquant.core.quant.RowQuantizer;
import dvdquant.core.safetensors.StoredTensor;
import dvdquant.models.weights.QuantizedFormat;
import dvdquant.models.weights.TensorLayout;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** Quantizes one layer's weight, its rows shared out among threads: smoothed, less the low-rank branch, rotated, rounded. */
final class LayerQuantizer {
    private static final int ROWS_A_TASK = 64;

    private final QuantizedFormat format;
    private final Map<String, float[]> smoothing;
    private final ExecutorService threads;

    /** @param smoothing of the layers, if the format has one */
    LayerQuantizer(QuantizedFormat format, Map<String, float[]> smoothing, ExecutorService threads) {
        this.format = format;
        this.smoothing = smoothing;
        this.threads = threads;
    }

    /**
     * @param memory what the result is allocated in
     * @return the layer's tensors, in the order of {@link QuantizedFormat#tensors}
     */
    List<MemorySegment> quantize(StoredTensor tensor, Arena memory) {
        var stored = new LayerWeights(tensor);
        float[] divisors = format.smoothing().isEmpty() ? null : smoothing.get(layer(tensor));
        var tensors = new ArrayList<MemorySegment>();
        LowRank branch = format.lowRank() == 0 ? null : branch(stored, divisors);
        var packed = PackedWeight.allocate(memory, stored.rows(), stored.columns(), format.weights());
        var tasks = new ArrayList<Future<?>>();
        for (int row = 0; row < stored.rows(); row += ROWS_A_TASK) {
            int first = row;
            int last = Math.min(stored.rows(), row + ROWS_A_TASK);
            tasks.add(threads.submit(() -> rows(stored, divisors, branch, first, last, packed)));
        }
        tasks.forEach(task -> await(task, tensor));
        Stream.of(packed.codes(), packed.scales(), packed.zeroPoints(), packed.multipliers())
                .filter(part -> part.byteSize() > 0).forEach(tensors::add);
        if (divisors != null) tensors.add(memory.allocateFrom(ValueLayout.JAVA_FLOAT, divisors));
        if (branch != null) {
            tensors.add(bfloat16(branch.down(), memory, false));
            tensors.add(bfloat16(branch.up(), memory, true));
        }
        return tensors;
    }

    private static String layer(StoredTensor tensor) {
        return TensorLayout.layerOf(tensor.name()).orElseThrow();
    }

    private LowRank branch(LayerWeights stored, float[] divisors) {
        var weight = new float[stored.rows()][stored.columns()];
        for (int row = 0; row < weight.length; row++) {
            read(stored, divisors, row, weight[row]);
        }
        return LowRank.of(weight, format.lowRank())
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

    private static void await(Future<?> task, StoredTensor weight) {
        try {
            task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IllegalArgumentException cause) {
                throw new InputException(weight.file() + ": tensor '" + weight.name() + "' cannot be quantized: "
                        + cause.getMessage(), cause);
            }
            throw new IllegalStateException("quantizing '" + weight.name() + "' failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while quantizing '" + weight.name() + "'", e);
        }
    }

    private void rows(LayerWeights stored, float[] divisors, LowRank branch, int first, int last,
            PackedWeight packed) {
        var quantizer = new RowQuantizer(packed.columns(), format.weights());
        var row = new float[packed.columns()];
        for (int r = first; r < last; r++) {
            read(stored, divisors, r, row);
            if (branch != null) branch.subtractFrom(row, r);
            try {
                packed.store(r, quantizer.quantize(row, 0));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("row " + r + ": " + e.getMessage(), e);
            }
        }
    }

    private static void read(LayerWeights stored, float[] divisors, int index, float[] row) {
        stored.read(index, row);
        if (divisors == null) return;
        for (int k = 0; k < row.length; k++) {
            row[k] *= divisors[k];
        }
    }
}
