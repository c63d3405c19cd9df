package dvdquant.core.quant.weights;

/**
 * What quantizing weights cost, after each stage of BGR: squared norms, to be summed over rows and layers.
 *
 * @param signal ‖w‖²
 * @param minMax ‖w − ŵ‖² of {@link Rounding#MINMAX}
 * @param bounded of {@link Rounding#BOUNDED}
 * @param refined of {@link Rounding#BGR}
 */
public record WeightError(double signal, double minMax, double bounded, double refined) {
    /** Of no weights at all: what a sum begins with. */
    public static final WeightError NONE = new WeightError(0, 0, 0, 0);

    /**
     * {@return the cost of both together}
     *
     * @param other of other rows or layers
     */
    public WeightError plus(WeightError other) {
        return new WeightError(signal + other.signal, minMax + other.minMax, bounded + other.bounded,
                refined + other.refined);
    }

    /**
     * {@return ‖w − ŵ‖² after a stage}
     *
     * @param rounding the stage
     * @throws IllegalArgumentException if it is {@link Rounding#CLIP}, which is none
     */
    public double squaredError(Rounding rounding) {
        return switch (rounding) {
            case MINMAX -> minMax;
            case BOUNDED -> bounded;
            case BGR -> refined;
            case CLIP -> throw new IllegalArgumentException("clipping is no stage of BGR");
        };
    }

    /**
     * {@return the signal-to-quantization-noise ratio in decibels; infinite without an error}
     *
     * @param rounding the stage after which it is taken
     * @throws IllegalArgumentException if it is {@link Rounding#CLIP}, which is none
     */
    public double sqnrDb(Rounding rounding) {
        double error = squaredError(rounding);
        return error == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / error);
    }

    /**
     * {@return by which part of MinMax's squared error it is less: the figure of the paper, 0 … 1}
     *
     * @param rounding the stage after which it is taken
     * @throws IllegalArgumentException if it is {@link Rounding#CLIP}, which is none
     */
    public double reduction(Rounding rounding) {
        return minMax == 0 ? 0 : 1 - squaredError(rounding) / minMax;
    }
}
