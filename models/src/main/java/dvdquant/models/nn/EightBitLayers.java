package dvdquant.models.nn;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.quant.activations.ActivationClip;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Device;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Matrices of a checkpoint in full precision as 8-bit integers, quantized when they are loaded: a step a row, as an input has a scale a
 * token, symmetric, both rotated by blocks, so that a channel that is far out costs the others less. All else is as it is. It belongs to
 * one layer of a model: closing it frees what was made.
 */
public final class EightBitLayers implements LayerSource, AutoCloseable {
    private static final int BLOCK = 128;
    private static final long SEED = 0;
    private static final ActivationRule RULE = new ActivationRule(new ActivationScales.PerToken(),
            ActivationClip.NONE);
    /** Of weights, row by row, and of inputs, token by token. */
    public static final ActivationScheme SCHEME = RULE.at(Byte.SIZE);

    private final LayerLoader layers;
    private final List<QuantizedWeights> made = new ArrayList<>();

    /**
     * Of a loader's checkpoint, device and type.
     *
     * @param layers gives all that is not quantized here; stays the caller's
     */
    public EightBitLayers(LayerLoader layers) {
        this.layers = layers;
    }

    @Override
    public Linear matrix(String name, long out, long in) {
        return quantized(name, Math.toIntExact(in), null);
    }

    @Override
    public Linear biased(String name, long out, long in) {
        try (var _ = TensorScope.open()) {
            float[] bias = layers.weights().get(name + ".bias", ElementType.F32).toFloats();
            return quantized(name, Math.toIntExact(in), bias);
        }
    }

    /** A weight that is stored in bf16 is read as it lies in the file. */
    private Linear quantized(String name, int in, float[] bias) {
        String weight = name + ".weight";
        WeightLoader weights = layers.weights();
        boolean half = weights.stored(weight).type() == ElementType.BF16;
        var rotation = new Rotation.Blocks(Math.min(BLOCK, Integer.lowestOneBit(in)), SEED);
        try (var _ = TensorScope.open()) {
            Tensor values = weights.get(weight, half ? ElementType.BF16 : ElementType.F32, layers.device().device());
            QuantizedRows rows = layers.kernels().quantize(values, rotation, SCHEME);
            QuantizedWeights loaded = layers.device().weights().quantizedWeights(
                    rows.codes().to(Device.CPU).contiguous().segment(), rows.scales().toFloats(), bias);
            made.add(loaded);
            return new Linear.Quantized(loaded, new InputBasis(Optional.empty(), rotation, RULE));
        }
    }

    @Override
    public Linear linear(String name, long out, long in) {
        return layers.linear(name, out, in);
    }

    @Override
    public Linear modulation(String name, long out, long in) {
        return layers.modulation(name, out, in);
    }

    @Override
    public Linear preciseLinear(String name, long out, long in) {
        return layers.preciseLinear(name, out, in);
    }

    @Override
    public Linear patches(String name, long... dims) {
        return layers.patches(name, dims);
    }

    @Override
    public Tensor precise(String name, Shape shape, long... dims) {
        return layers.precise(name, shape, dims);
    }

    @Override
    public Tensor made(Supplier<Tensor> tensor) {
        return layers.made(tensor);
    }

    @Override
    public void close() {
        made.forEach(QuantizedWeights::close);
        made.clear();
    }
}
