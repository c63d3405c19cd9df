package dvdquant.core.checkpoint;

/**
 * Some weights, and what they take.
 *
 * @param weights their number
 * @param bytes of all that is stored of them
 */
public record WeightSize(long weights, long bytes) {
    public static final WeightSize NONE = new WeightSize(0, 0);

    /** Of both together. */
    public WeightSize plus(WeightSize other) {
        return new WeightSize(weights + other.weights, bytes + other.bytes);
    }

    /** All that one of them takes. */
    public double bitsAWeight() {
        return 8.0 * bytes / weights;
    }

    /** The bytes over those of as many weights in BF16. */
    public double overBf16() {
        return bytes / (2.0 * weights);
    }
}
