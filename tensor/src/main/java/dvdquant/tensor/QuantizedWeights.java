package dvdquant.tensor;

/**
 * The weights of a quantized linear layer as a device keeps them: small integers, with zero points and group multipliers folded
 * in, a scale a row, and the bias. Made by {@link WeightStore}; its owner closes it.
 */
public interface QuantizedWeights extends AutoCloseable {
    /** Rows. */
    int out();

    /** Columns. */
    int in();

    /** Bytes of the device's memory. */
    long sizeBytes();

    @Override
    void close();
}
