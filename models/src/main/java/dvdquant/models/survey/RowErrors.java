package dvdquant.models.survey;

import dvdquant.core.quant.grids.RowQuantizer;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.ErrorHistogram;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightError;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.quantize.LayerBasis;

import java.util.Optional;
import java.util.OptionalDouble;

/** Measures rows of one layer, each by all stages, and sums them up. Owns scratch memory: one a thread. */
final class RowErrors {
    private final LayerBasis basis;
    private final RowQuantizer minMax;
    private final RowQuantizer bounded;
    private final RowQuantizer refined;
    private final float[] difference;
    private final ErrorHistogram histogram = new ErrorHistogram();
    private WeightError stages = WeightError.NONE;
    private OptionalDouble stored = OptionalDouble.empty();

    /** @param scheme its rounding is not looked at: all are tried */
    RowErrors(int columns, WeightScheme scheme, LayerBasis basis) {
        this.basis = basis;
        WeightScheme unrotated = scheme.withRotation(new Rotation.None());
        minMax = new RowQuantizer(columns, unrotated.withRounding(Rounding.MINMAX));
        bounded = new RowQuantizer(columns, unrotated.withRounding(Rounding.BOUNDED));
        refined = new RowQuantizer(columns, unrotated.withRounding(Rounding.BGR));
        difference = new float[columns];
    }

    /**
     * @param row the weights as they were; changed
     * @param index of the row in the weight
     * @param quantized what a quantized model has of it
     * @throws IllegalArgumentException as {@link RowQuantizer}
     */
    void add(float[] row, int index, Optional<QuantizedRow> quantized) {
        double signal = 0;
        for (float weight : row) {
            signal += (double) weight * weight;
        }
        basis.apply(row, index);
        double atMinMax = error(row, minMax.quantize(row, 0));
        double atBounded = error(row, bounded.quantize(row, 0));
        QuantizedRow best = refined.quantize(row, 0);
        stages = stages.plus(new WeightError(signal, atMinMax, atBounded, error(row, best)));
        quantized.ifPresent(q -> stored = OptionalDouble.of(stored.orElse(0) + error(row, q)));
        histogram.add(row, 0, quantized.orElse(best));
    }

    private double error(float[] row, QuantizedRow quantized) {
        // A rotation alone changes no norm.
        if (basis.smoothing().isEmpty()) return quantized.squaredError(row, 0);
        quantized.dequantize(difference, 0);
        for (int k = 0; k < difference.length; k++) {
            difference[k] = row[k] - difference[k];
        }
        basis.undo(difference);
        double total = 0;
        for (float error : difference) {
            total += (double) error * error;
        }
        return total;
    }

    MeasuredErrors result() {
        return new MeasuredErrors(stages, stored, histogram);
    }
}
