package dvdquant.models.survey;

import dvdquant.core.checkpoint.StoredLayer;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.quantize.LayerBasis;
import dvdquant.core.quantize.RowTasks;
import dvdquant.core.safetensors.SourceTensor;

import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Measures one layer after the other, the rows of each shared out among threads. */
final class LayerMeasurement implements AutoCloseable {
    private final ExecutorService threads;

    LayerMeasurement(int threads) {
        this.threads = Executors.newFixedThreadPool(threads);
    }

    /**
     * @param weight in full precision
     * @throws dvdquant.core.InputException if a weight is NaN or infinite, or the quantized layer is damaged
     */
    MeasuredErrors of(SourceTensor weight, WeightScheme scheme, LayerBasis basis, Optional<StoredLayer> quantized) {
        return new RowTasks(threads).run(weight, (first, last) -> rows(weight, scheme, basis, quantized, first, last))
                .stream()
                .reduce(MeasuredErrors.none(), MeasuredErrors::plus);
    }

    private MeasuredErrors rows(SourceTensor weight, WeightScheme scheme, LayerBasis basis,
            Optional<StoredLayer> quantized, int first,
            int last) {
        var errors = new RowErrors(weight.columns(), scheme, basis);
        var row = new float[weight.columns()];
        var codes = new QuantizedRow(weight.columns(), scheme);
        for (int r = first; r < last; r++) {
            int index = r;
            weight.read(index, row);
            errors.add(row, index, quantized.map(layer -> {
                layer.read(index, codes);
                return codes;
            }));
        }
        return errors.result();
    }

    /** Waits for the rows at hand: they read mapped files that are closed next. */
    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
    }
}
