package dvdquant.core.metrics;

/** Signal-to-quantization-noise ratio: 20 · log₁₀(‖b‖ / ‖a − b‖) decibels, larger is better. */
public final class Sqnr {
    private Sqnr() {}

    /**
     * In decibels; infinite if both are equal, NaN if a value is.
     *
     * @throws IllegalArgumentException if the lengths differ
     */
    public static double db(float[] actual, float[] reference) {
        return -20 * Math.log10(RelativeError.of(actual, reference));
    }
}
