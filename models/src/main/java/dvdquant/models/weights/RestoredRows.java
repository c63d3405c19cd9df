package dvdquant.models.weights;

import dvdquant.core.checkpoint.StoredLayer;
import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.weights.LowRank;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.tensor.WeightRows;

import java.util.Optional;

/**
 * The rows of {@link DequantizedLayer#restore}, each made when it is asked for: the layer stays packed.
 *
 * @param smoothing divisors of the columns
 */
record RestoredRows(StoredLayer layer, Optional<LowRank> branch, Optional<float[]> smoothing) implements WeightRows {
    @Override
    public int out() {
        return layer.out();
    }

    @Override
    public int in() {
        return layer.in();
    }

    @Override
    public Reader reader() {
        var quantized = new QuantizedRow(layer.in(), layer.format().weights());
        HadamardRotation rotation = layer.format().weights().rotation().forColumns(layer.in());
        float[] divisors = smoothing.orElse(null);
        return (row, into) -> {
            layer.read(row, quantized);
            quantized.dequantize(into, 0);
            rotation.rotateBack(into, 0);
            if (branch.isPresent()) branch.get().addTo(into, row);
            if (divisors == null) return;
            for (int k = 0; k < into.length; k++) {
                into[k] /= divisors[k];
            }
        };
    }
}
