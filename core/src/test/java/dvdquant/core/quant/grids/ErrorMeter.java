package dvdquant.core.quant.grids;

import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightError;
import dvdquant.core.quant.weights.WeightScheme;

/** Measures what rows lose at each stage of BGR. Owns scratch memory: one a thread. */
final class ErrorMeter {
    private final HadamardRotation rotation;
    private final RowQuantizer minMax;
    private final RowQuantizer bounded;
    private final RowQuantizer refined;

    /**
     * @throws IllegalArgumentException as {@link RowQuantizer}
     */
    ErrorMeter(int columns, WeightScheme scheme) {
        var unrotated = scheme.withRotation(new Rotation.None());
        rotation = scheme.rotation().forColumns(columns);
        minMax = new RowQuantizer(columns, unrotated.withRounding(Rounding.MINMAX));
        bounded = new RowQuantizer(columns, unrotated.withRounding(Rounding.BOUNDED));
        refined = new RowQuantizer(columns, unrotated.withRounding(Rounding.BGR));
    }

    /** Of the row that begins at {@code weights[offset]}, which is rotated in place. */
    WeightError of(float[] weights, int offset) {
        rotation.rotate(weights, offset);
        double signal = 0;
        for (int k = 0; k < rotation.columns(); k++) {
            signal += (double) weights[offset + k] * weights[offset + k];
        }
        return new WeightError(signal, error(minMax, weights, offset), error(bounded, weights, offset),
                error(refined, weights, offset));
    }

    private static double error(RowQuantizer quantizer, float[] weights, int offset) {
        return quantizer.quantize(weights, offset).squaredError(weights, offset);
    }
}
