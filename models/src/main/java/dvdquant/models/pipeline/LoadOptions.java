package dvdquant.models.pipeline;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;

import java.util.Optional;

/**
 * How to load a model.
 *
 * @param dtype to compute in, F32 or BF16; empty: F32 up to a billion weights of the transformer, else BF16
 * @param threads empty: as many as there are cores
 * @param activationBits of a quantized model's layers: 4 or 8; without meaning in full precision
 */
public record LoadOptions(Optional<ElementType> dtype, Optional<Integer> threads, int activationBits) {
    private static final int DEFAULT_ACTIVATION_BITS = 8;

    public LoadOptions {
        if (activationBits != 4 && activationBits != 8) {
            throw new InputException("activations of " + activationBits + " bits, expected 4 or 8");
        }
    }

    public static LoadOptions defaults() {
        return new LoadOptions(Optional.empty(), Optional.empty(), DEFAULT_ACTIVATION_BITS);
    }

    public LoadOptions withDtype(ElementType type) {
        return new LoadOptions(Optional.of(type), threads, activationBits);
    }

    public LoadOptions withThreads(int count) {
        return new LoadOptions(dtype, Optional.of(count), activationBits);
    }

    public LoadOptions withActivationBits(int bits) {
        return new LoadOptions(dtype, threads, bits);
    }
}
