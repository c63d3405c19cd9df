package dvdquant.models.survey;

import dvdquant.core.InputException;
import dvdquant.core.quant.QuantizedRow;
import dvdquant.core.quant.WeightScheme;
import dvdquant.core.safetensors.StoredTensor;
import dvdquant.models.quantize.LayerWeights;
import dvdquant.models.weights.QuantizedLayer;

import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Measures one layer after the other, the rows of each shared out among threads. */
final class LayerMeasurement implements AutoCloseable {
    private static final int ROWS_A_TASK = 64;

    private final WeightScheme scheme;
    private final ExecutorService threads;

    LayerMeasurement(WeightScheme scheme, int threads) {
        this.scheme = scheme;
        this.threads = Executors.newFixedThreadPool(threads);
    }

    /**
     * @param weight in full precision
     * @throws InputException if a weight is NaN or infinite, or the quantized layer is damaged
     */
    MeasuredErrors of(StoredTensor weight, LayerBasis basis, Optional<QuantizedLayer> quantized) {
        var stored = new LayerWeights(weight);
        var tasks = new ArrayList<Future<MeasuredErrors>>();
        for (int row = 0; row < stored.rows(); row += ROWS_A_TASK) {
            int first = row;
            int last = Math.min(stored.rows(), row + ROWS_A_TASK);
            tasks.add(threads.submit(() -> rows(stored, basis, quantized, first, last)));
        }
        // Summed in order, so that the sums do not depend on the threads.
        MeasuredErrors errors = MeasuredErrors.none();
        for (Future<MeasuredErrors> task : tasks) {
            errors = errors.plus(await(task, weight));
        }
        return errors;
    }

    private MeasuredErrors rows(LayerWeights stored, LayerBasis basis, Optional<QuantizedLayer> quantized, int first,
            int last) {
        var errors = new RowErrors(stored.columns(), scheme, basis);
        var row = new float[stored.columns()];
        var codes = new QuantizedRow(stored.columns(), scheme);
        for (int r = first; r < last; r++) {
            int index = r;
            stored.read(index, row);
            errors.add(row, index, quantized.map(layer -> {
                layer.read(index, codes);
                return codes;
            }));
        }
        return errors.result();
    }

    private static MeasuredErrors await(Future<MeasuredErrors> task, StoredTensor weight) {
        try {
            return task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case InputException cause -> throw cause;
                case IllegalArgumentException cause -> throw new InputException(weight.file() + ": tensor '"
                        + weight.name() + "' cannot be quantized: " + cause.getMessage(), cause);
                default -> throw new IllegalStateException("measuring '" + weight.name() + "' failed", e.getCause());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while measuring '" + weight.name() + "'");
        }
    }

    /** Waits for the rows at hand: they read mapped files that are closed next. */
    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
    }
}
