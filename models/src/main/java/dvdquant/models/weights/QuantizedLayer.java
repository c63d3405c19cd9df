package dvdquant.models.weights;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.checkpoint.StoredLayer;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.tensor.Device;
import dvdquant.tensor.PackedWeightReader;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.WeightRows;
import dvdquant.tensor.WeightStore;

import java.util.Optional;

/** A quantized layer of a checkpoint, in the forms in which it can be computed with. What it makes belongs to the loader it is of. */
public final class QuantizedLayer {
    private final WeightLoader weights;
    private final StoredLayer stored;

    QuantizedLayer(WeightLoader weights, StoredLayer stored) {
        this.weights = weights;
        this.stored = stored;
    }

    /** {@return how it is quantized} */
    public LayerFormat format() {
        return stored.format();
    }

    /** {@return the layer as it lies in the file} */
    public StoredLayer stored() {
        return stored;
    }

    /**
     * Brings it, with its bias if it has one, to a device.
     *
     * @param device where it is kept
     * @param residence empty: as the device multiplies fastest
     * @return the weights on the device
     */
    public QuantizedWeights load(WeightStore device, Optional<Residence> residence) {
        if (format().weights().group() instanceof GroupSize.Free) {
            throw new IllegalStateException(
                    "no integer product runs over groups with steps of their own: " + stored.name());
        }
        PackedWeightReader.forRows(stored.out(), stored::requireGrids);
        stored.requireFiniteSteps();
        try (var _ = TensorScope.open()) {
            float[] bias = weights.bias(stored.name(), ElementType.F32, Device.CPU).map(Tensor::toFloats).orElse(null);
            QuantizedWeights loaded = device.packedWeights(stored.packed(), bias,
                    residence.orElseGet(() -> device.fastest(format().weights())));
            stored.release();
            weights.own(loaded::close);
            return loaded;
        }
    }

    /**
     * The weight that the codes stand for, smoothed and rotated as they are, without the low-rank branch.
     *
     * @param type of the result
     * @return [out, in]
     * @throws dvdquant.core.InputException as {@link #load}
     */
    public Tensor dequantized(ElementType type) {
        return new DequantizedLayer(stored).dequantize(type);
    }

    /**
     * The weight that stands for the one before quantization: rotated back, the low-rank branch added, not smoothed.
     *
     * @param type of the result
     * @return [out, in]
     * @throws dvdquant.core.InputException as {@link #load}
     */
    public Tensor restored(ElementType type) {
        return new DequantizedLayer(stored).restore(type);
    }

    /**
     * {@return what {@link #restored} gives, made row by row: the layer stays packed}
     *
     * @throws dvdquant.core.InputException as {@link #load}; rows that are read throw it too
     */
    public WeightRows restoredRows() {
        return new DequantizedLayer(stored).restored();
    }
}
