package dvdquant.core.quant;

/**
 * What quantizing weights cost, after each stage of BGR: squared norms, to be summed over rows and layers.
 *
 * @param signal ‖w‖²
 * @param minMax ‖w − ŵ‖² of {@link Rounding#MINMAX}
 * @param bounded of {@link Rounding#BOUNDED}
 * @param refined of {@link Rounding#BGR}
 */
public record WeightError(double signal, double minMax, double bounded, double refined) {
    public static final WeightError NONE = new WeightError(0, 0, 0, 0);

    /** Of both together. */
    public WeightError plus(WeightError other) {
        return new WeightError(signal + other.signal, minMax + other.minMax, bounded + other.bounded,
                refined + other.refined);
    }

    public double squaredError(Rounding rounding) {
        return switch (rounding) {
            case MINMAX -> minMax;
            case BOUNDED -> bounded;
            case BGR -> refined;
            case CLIP -> throw new IllegalArgumentException("clipping is no stage of BGR");
        };
    }

    /** Signal-to-quantization-noise ratio in decibels; infinite without an error. */
    public double sqnrDb(Rounding rounding) {
        double error = squaredError(rounding);
        return error == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / error);
    }

    /** By which part of MinMax's squared error it is less: the figure of the paper, 0 … 1. */
    public double reduction(Rounding rounding) {
        return minMax == 0 ? 0 : 1 - squaredError(rounding) / minMax;
    }

    /** Measures rows. Owns scratch memory: one a thread. */
    public static final class Meter {
        private final HadamardRotation rotation;
        private final RowQuantizer minMax;
        private final RowQuantizer bounded;
        private final RowQuantizer refined;

        /**
         * @throws IllegalArgumentException as {@link RowQuantizer}
         */
        public Meter(int columns, WeightScheme scheme) {
            var unrotated = scheme.withRotation(new Rotation.None());
            rotation = scheme.rotation().forColumns(columns);
            minMax = new RowQuantizer(columns, unrotated.withRounding(Rounding.MINMAX));
            bounded = new RowQuantizer(columns, unrotated.withRounding(Rounding.BOUNDED));
            refined = new RowQuantizer(columns, unrotated.withRounding(Rounding.BGR));
        }

        /** Of the row that begins at {@code weights[offset]}, which is rotated in place. */
        public WeightError of(float[] weights, int offset) {
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
}
