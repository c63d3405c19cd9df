package dvdquant.core.metrics;

/** The size of the error relative to the size of what was expected: ‖a − b‖₂ / ‖b‖₂. */
public final class RelativeError {
    private RelativeError() {}

    /**
     * Summed in double. 0 if both are equal, infinite if only {@code expected} is all zero, NaN if a value is.
     *
     * @throws IllegalArgumentException if the lengths differ
     */
    public static double of(float[] actual, float[] expected) {
        requireSameLength(actual, expected);
        double error = 0;
        double size = 0;
        for (int i = 0; i < actual.length; i++) {
            double difference = (double) actual[i] - expected[i];
            error += difference * difference;
            size += (double) expected[i] * expected[i];
        }
        return error == 0 && size == 0 ? 0 : Math.sqrt(error / size);
    }

    private static void requireSameLength(float[] actual, float[] expected) {
        if (actual.length != expected.length) {
            throw new IllegalArgumentException("lengths differ: " + actual.length + " != " + expected.length);
        }
    }
}
