package dvdquant.models.nn;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.checkpoint.LayerPart;
import dvdquant.core.format.ElementType;
import dvdquant.models.weights.QuantizedLayer;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;

import java.util.Optional;

/**
 * Makes the layers of a model from its checkpoint, in full precision or quantized as that says, so that the models need not know.
 *
 * @param weights of the component
 * @param type to compute in: F32 or BF16
 * @param kernels of the device
 * @param arithmetic of quantized layers
 * @param residence of their weights; empty: as the device multiplies fastest
 * @param observer of all layers' inputs, if there is one
 */
public record LayerLoader(WeightLoader weights, ElementType type, Kernels kernels, LayerArithmetic arithmetic,
        Optional<Residence> residence, Optional<LayerObserver> observer) {
    /** For layers that compute in another type. */
    public LayerLoader withType(ElementType type) {
        return new LayerLoader(weights, type, kernels, arithmetic, residence, observer);
    }

    /** {@code name.weight} and {@code name.bias}, or what stands for them in a quantized model. */
    public Linear linear(String name) {
        return observed(name, weights.quantized(name).map(layer -> quantized(name, layer)).orElseGet(() -> dense(name)));
    }

    /** A layer that was made otherwise, so that an observer sees it too. */
    public Linear observed(String name, Linear layer) {
        return observer.<Linear>map(by -> new Linear.Observed(layer, name, by)).orElse(layer);
    }

    /** A tensor that is no layer's, in the type to compute in. */
    public Tensor tensor(String name) {
        return weights.get(name, type, kernels.device());
    }

    /** A tensor in F32, whatever the model computes in. */
    public Tensor precise(String name) {
        return weights.get(name, ElementType.F32, kernels.device());
    }

    private Linear dense(String name) {
        return new Linear.Dense(weights.held(name + ".weight", type, kernels), tensor(name + ".bias"));
    }

    private Linear quantized(String name, QuantizedLayer layer) {
        LayerFormat format = layer.format();
        if (arithmetic == LayerArithmetic.WEIGHTS_ONLY || format.activations().isEmpty()) {
            boolean packed = residence.equals(Optional.of(Residence.PACKED)) && kernels.device().isCpu();
            if (packed) return new Linear.Restored(layer.restoredRows(), tensor(name + ".bias"));
            return new Linear.Dense(weights.held(() -> layer.restored(type), kernels), tensor(name + ".bias"));
        }
        Optional<Smoothing> smoothing = layer.stored().smoothing()
                .map(divisors -> new Smoothing(divisors, kernels.device()));
        var basis = new InputBasis(smoothing, format.weights().rotation(), format.activations().get());
        Linear main = arithmetic == LayerArithmetic.INTEGER
                ? new Linear.Quantized(layer.load(kernels, residence), basis)
                : new Linear.Emulated(weights.held(() -> layer.dequantized(type), kernels),
                        tensor(name + ".bias"), basis);
        if (format.lowRank() == 0) return main;
        return new Linear.LowRank(main, smoothing, tensor(LayerPart.LORA_DOWN.of(name)),
                tensor(LayerPart.LORA_UP.of(name)));
    }
}
