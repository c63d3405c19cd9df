package dvdquant.tensor;

import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.WeightScheme;

import java.lang.foreign.MemorySegment;

/** Where the weights of layers rest for a device, and in which form. What it gives belongs to the caller, and goes before the device does. */
public interface WeightStore {
    /**
     * Keeps a weight for products in floating point.
     *
     * @param weight [out, in], in the host's memory; where the device computes there, it is used as it is and must not be freed
     * @return an owner of what was copied, for the caller to close
     */
    default HeldWeight hold(Tensor weight) {
        return HeldWeight.of(weight);
    }

    /**
     * Brings quantized weights to the device.
     *
     * @param values [out, in] bytes, row by row: (q − z) · m
     * @param scales a row's step, [out]
     * @param bias [out]; null stands for zeros
     * @return an owner, for the caller to close
     */
    QuantizedWeights quantizedWeights(MemorySegment values, float[] scales, float[] bias);

    /**
     * The same from a checkpoint's packed codes. A device that keeps its weights in one way only takes either residence for that.
     *
     * @param weight whose groups have no steps of their own; its memory must stay while the result is used, if that is
     *        packed
     * @param bias [out]; null stands for zeros
     * @param residence whether the codes stay packed
     * @return an owner, for the caller to close
     */
    QuantizedWeights packedWeights(PackedWeight weight, float[] bias, Residence residence);

    /**
     * {@return {@link #packedWeights(PackedWeight, float[], Residence)} as they are multiplied fastest}
     *
     * @param weight as above
     * @param bias [out]; null stands for zeros
     */
    default QuantizedWeights packedWeights(PackedWeight weight, float[] bias) {
        return packedWeights(weight, bias, fastest(weight.scheme()));
    }

    /**
     * {@return how weights of a scheme are multiplied fastest; packed, if in both ways alike}
     *
     * @param scheme of the weights
     */
    Residence fastest(WeightScheme scheme);
}
