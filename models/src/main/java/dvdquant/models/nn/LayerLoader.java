package dvdquant.models.nn;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.checkpoint.LayerPart;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.models.weights.QuantizedLayer;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Makes the layers of a model from its checkpoint, in full precision or quantized as that says, so that the models need not know.
 *
 * @param weights of the component
 * @param type to compute in: F32 or BF16
 * @param device to run on
 * @param arithmetic of quantized layers
 * @param residence of their weights; empty: as the device multiplies fastest
 * @param observer of all layers' inputs, if there is one
 */
public record LayerLoader(WeightLoader weights, ElementType type, ComputeDevice device, LayerArithmetic arithmetic,
        Optional<Residence> residence, Optional<LayerObserver> observer) implements LayerSource {
    /**
     * {@return a loader of the same weights, for layers that compute in another type}
     *
     * @param type F32 or BF16
     */
    public LayerLoader withType(ElementType type) {
        return new LayerLoader(weights, type, device, arithmetic, residence, observer);
    }

    /** {@return what the layers compute with} */
    public Kernels kernels() {
        return device.kernels();
    }

    /**
     * {@return {@code name.weight} and {@code name.bias}, or what stands for them in a quantized model}
     *
     * @param name of the layer
     */
    public Linear linear(String name) {
        return observed(name,
                weights.quantized(name).map(layer -> quantized(name, layer)).orElseGet(() -> dense(name)));
    }

    @Override
    public Linear linear(String name, long out, long in) {
        return linear(name);
    }

    @Override
    public Linear modulation(String name, long out, long in) {
        return weights.quantized(name).filter(layer -> readsInputAsItIs(layer.format()))
                .<Linear>flatMap(layer -> device.device().isCpu()
                        ? Optional.of(restored(name, layer))
                        : split(name, layer))
                .map(layer -> observed(name, layer)).orElseGet(() -> linear(name));
    }

    /** Empty if integer products cannot run the layer by itself. */
    private Optional<Linear> split(String name, QuantizedLayer layer) {
        LayerFormat format = layer.format();
        if (format.weights().group() instanceof GroupSize.Free || format.lowRank() > 0
                || layer.stored().smoothing().isPresent()) {
            return Optional.empty();
        }
        return Optional.of(new SplitInput(layer.load(device.weights(), Optional.of(Residence.PACKED)),
                format.weights().rotation(), weights.bias(name, ElementType.F32, device.device()).orElse(null)));
    }

    @Override
    public Linear preciseLinear(String name, long out, long in) {
        return withType(ElementType.F32).linear(name);
    }

    @Override
    public Linear matrix(String name, long out, long in) {
        return observed(name, weights.quantized(name).map(layer -> quantized(name, layer))
                .orElseGet(() -> new Linear.Dense(tensor(TensorLayout.weightOf(name)), null)));
    }

    @Override
    public Linear biased(String name, long out, long in) {
        return new Linear.Dense(tensor(TensorLayout.weightOf(name)), tensor(TensorLayout.biasOf(name)));
    }

    @Override
    public Linear patches(String name, long... dims) {
        Tensor weight = tensor(TensorLayout.weightOf(name));
        long in = weight.shape().elements() / dims[0];
        return observed(name, new Linear.Dense(weight.reshape(dims[0], in), bias(name)));
    }

    @Override
    public Tensor precise(String name, Shape shape, long... dims) {
        Tensor stored = weights.get(name, ElementType.F32, device.device());
        return stored.shape().equals(shape) ? stored : stored.reshape(shape.dims());
    }

    @Override
    public Tensor made(Supplier<Tensor> tensor) {
        return tensor.get().to(device.device());
    }

    /** So that an observer sees it too. */
    private Linear observed(String name, Linear layer) {
        return observer.<Linear>map(by -> new Linear.Observed(layer, name, by)).orElse(layer);
    }

    /** In the type to compute in. */
    private Tensor tensor(String name) {
        return weights.get(name, type, device.device());
    }

    /** Null if the layer has none. */
    private Tensor bias(String name) {
        return weights.bias(name, type, device.device()).orElse(null);
    }

    private Linear dense(String name) {
        return new Linear.Dense(weights.held(TensorLayout.weightOf(name), type, device), bias(name));
    }

    private Linear quantized(String name, QuantizedLayer layer) {
        LayerFormat format = layer.format();
        if (readsInputAsItIs(format)) {
            boolean packed = residence.equals(Optional.of(Residence.PACKED)) && device.device().isCpu();
            if (packed) return restored(name, layer);
            return new Linear.Dense(weights.held(() -> layer.restored(type), device), bias(name));
        }
        Optional<Smoothing> smoothing = layer.stored().smoothing()
                .map(divisors -> new Smoothing(divisors, device.device()));
        var basis = new InputBasis(smoothing, format.weights().rotation(), format.activations().get());
        Linear main = arithmetic == LayerArithmetic.INTEGER
                ? new Linear.Quantized(layer.load(device.weights(), residence), basis)
                : new Linear.Emulated(weights.held(() -> layer.dequantized(type), device),
                        bias(name), basis);
        if (format.lowRank() == 0) return main;
        return new Linear.LowRank(main, smoothing, tensor(LayerPart.LORA_DOWN.of(name)),
                tensor(LayerPart.LORA_UP.of(name)));
    }

    private boolean readsInputAsItIs(LayerFormat format) {
        return arithmetic == LayerArithmetic.WEIGHTS_ONLY || format.activations().isEmpty();
    }

    private Linear restored(String name, QuantizedLayer layer) {
        return new Linear.Restored(layer.restoredRows(), bias(name));
    }
}
