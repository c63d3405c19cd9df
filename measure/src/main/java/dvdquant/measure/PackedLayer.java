package dvdquant.measure;

import dvdquant.core.quant.grids.RowQuantizer;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.tensor.PackedWeightReader;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.WeightStore;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A linear layer quantized in memory, as a checkpoint would hold it: for benchmarks, which need no files. The garbage collector
 * frees it.
 */
public final class PackedLayer {
    private final PackedWeight packed;
    private final float[] bias;

    private PackedLayer(PackedWeight packed, float[] bias) {
        this.packed = packed;
        this.bias = bias;
    }

    /**
     * Quantizes a layer, on all cores.
     *
     * @param weight [out, in]
     * @param bias [out]
     */
    public static PackedLayer of(Tensor weight, Tensor bias, WeightScheme scheme) {
        int out = Math.toIntExact(weight.dim(0));
        int in = Math.toIntExact(weight.dim(1));
        float[] values = weight.toFloats();
        var packed = PackedWeight.allocate(Arena.ofAuto(), out, in, scheme);
        PackedWeightReader.forRows(out, (first, last) -> {
            var quantizer = new RowQuantizer(in, scheme);
            for (int row = first; row < last; row++) {
                packed.store(row, quantizer.quantize(values, row * in));
            }
        });
        return new PackedLayer(packed, bias.toFloats());
    }

    /**
     * Expands the codes to (q − z) · m, on all cores.
     *
     * @param values takes [out, in] bytes
     */
    public void expand(MemorySegment values) {
        PackedWeightReader.expand(packed, values);
    }

    /** A row's step, [out]. */
    public float[] scales() {
        return PackedWeightReader.scales(packed);
    }

    /** [out] */
    public float[] bias() {
        return bias.clone();
    }

    /** Brings it to a device, where it is multiplied fastest. */
    public QuantizedWeights load(WeightStore device) {
        return load(device, device.fastest(packed.scheme()));
    }

    /** Brings it to a device. */
    public QuantizedWeights load(WeightStore device, Residence residence) {
        return device.packedWeights(packed, bias, residence);
    }
}
