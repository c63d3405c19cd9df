package dvdquant.models.nn;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.Rotation;
import dvdquant.core.quant.WeightScheme;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Int8Weights;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;

import java.util.Optional;

/**
 * A linear layer, y = x · weightᵀ + bias, in whatever precision its weights are kept: models call {@link #forward} and know no
 * number format.
 */
public sealed interface Linear {
    /**
     * @param x [tokens, in]
     * @return [tokens, out], of the type of {@code x}
     */
    Tensor forward(LinearInput x);

    /** For an input that no other layer reads. */
    default Tensor forward(Tensor x, Compute compute) {
        return forward(new LinearInput(x, compute));
    }

    /** Loads {@code name.weight} and {@code name.bias} in the type to compute in, or what stands for them in a quantized model. */
    static Linear load(WeightLoader weights, String name, ElementType type, Kernels kernels) {
        Optional<WeightScheme> scheme = weights.quantization(name);
        return scheme.isPresent()
                ? new Quantized(weights.int8(name, kernels), scheme.get().rotation())
                : new Dense(weights.get(name + ".weight", type), weights.get(name + ".bias", type));
    }

    /**
     * Full precision.
     *
     * @param weight [out, in]
     * @param bias [out], or null
     */
    record Dense(Tensor weight, Tensor bias) implements Linear {
        @Override
        public Tensor forward(LinearInput x) {
            return x.compute().kernels().linear(x.values(), weight, bias);
        }
    }

    /**
     * Quantized weights and activations: x is rotated as the weights were, and quantized at every call.
     *
     * @param weights with the bias
     */
    record Quantized(Int8Weights weights, Rotation rotation) implements Linear {
        @Override
        public Tensor forward(LinearInput x) {
            return x.compute().kernels().linear(x.quantized(rotation), weights, x.values().type());
        }
    }
}
