package dvdquant.tensor;

/**
 * The weights of a quantized linear layer as a device keeps them: small integers, with zero points and group multipliers folded
 * in, a scale a row, and the bias. Made by {@link WeightStore}; its owner closes it.
 */
public interface QuantizedWeights extends AutoCloseable {
    /** {@return how many rows there are: the layer's outputs} */
    int out();

    /** {@return how many columns there are: the layer's inputs} */
    int in();

    /** {@return how many bytes of the device's memory they take} */
    long sizeBytes();

    @Override
    void close();
}
