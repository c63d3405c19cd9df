package dvdquant.models.quantize;

import dvdquant.core.InputException;
import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Float16;
import dvdquant.core.quant.PackedWeight;
import dvdquant.core.quant.RowQuantizer;
import dvdquant.core.quant.WeightScheme;
import dvdquant.core.safetensors.StoredTensor;
import dvdquant.models.weights.QuantizedFormat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Quantizes one layer's weight, its rows shared out among threads. */
final class LayerQuantizer {
    private static final int ROWS_A_TASK = 64;

    private final WeightScheme scheme;
    private final ExecutorService threads;

    LayerQuantizer(WeightScheme scheme, ExecutorService threads) {
        this.scheme = scheme;
        this.threads = threads;
    }

    /**
     * @param memory what the result is allocated in
     * @return the layer's tensors, in the order of {@link QuantizedFormat#tensors}
     */
    List<MemorySegment> quantize(StoredTensor weight, Arena memory) {
        int out = Math.toIntExact(weight.shape().dim(0));
        PackedWeight packed = PackedWeight.allocate(memory, out, Math.toIntExact(weight.shape().dim(1)), scheme);
        var tasks = new ArrayList<Future<?>>();
        for (int row = 0; row < out; row += ROWS_A_TASK) {
            int first = row;
            int last = Math.min(out, row + ROWS_A_TASK);
            tasks.add(threads.submit(() -> rows(weight, first, last, packed)));
        }
        tasks.forEach(task -> await(task, weight));
        return PackedWeight.packsGroups(scheme)
                ? List.of(packed.codes(), packed.scales(), packed.zeroPoints())
                : List.of(packed.codes(), packed.scales(), packed.zeroPoints(), packed.multipliers());
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

    private void rows(StoredTensor weight, int first, int last, PackedWeight packed) {
        int columns = packed.columns();
        var quantizer = new RowQuantizer(columns, scheme);
        var row = new float[columns];
        for (int r = first; r < last; r++) {
            read(weight, (long) r * columns, row);
            packed.store(r, quantizer.quantize(row, 0));
        }
    }

    private static void read(StoredTensor weight, long first, float[] row) {
        int bytes = weight.type().sizeBytes();
        MemorySegment from = weight.data().asSlice(first * bytes, (long) row.length * bytes);
        switch (weight.type()) {
            case BF16 -> BFloat16.toFloats(from, row, 0); // an array: native and heap segments in one place are slow
            case F16 -> Float16.toFloats(from, MemorySegment.ofArray(row));
            case F32 -> MemorySegment.copy(from, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, row, 0, row.length);
            default -> throw new IllegalArgumentException("dtype " + weight.type() + ", expected BF16, F16 or F32");
        }
    }

    /** Whether a tensor of this type can be read as weights. */
    static boolean reads(ElementType type) {
        return switch (type) {
            case BF16, F16, F32 -> true;
            case BOOL, U8, I8, F8_E4M3, I32, I64, F64 -> false;
        };
    }
}
