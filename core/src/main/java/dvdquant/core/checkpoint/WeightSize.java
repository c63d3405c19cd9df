package dvdquant.core.checkpoint;

/**
 * Some weights, and what they take.
 *
 * @param weights their number
 * @param bytes of all that is stored of them
 */
public record WeightSize(long weights, long bytes) {
    /** No weights at all: what a sum begins with. */
    public static final WeightSize NONE = new WeightSize(0, 0);

    /**
     * {@return the weights and bytes of both together}
     *
     * @param other of other weights
     */
    public WeightSize plus(WeightSize other) {
        return new WeightSize(weights + other.weights, bytes + other.bytes);
    }

    /** {@return all that one of them takes} */
    public double bitsAWeight() {
        return 8.0 * bytes / weights;
    }

    /** {@return the bytes over those of as many weights in BF16} */
    public double overBf16() {
        return bytes / (2.0 * weights);
    }
}
