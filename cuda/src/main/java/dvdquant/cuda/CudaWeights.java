package dvdquant.cuda;

import dvdquant.core.InputException;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.cuda.kernels.TokenQuantization;
import dvdquant.cuda.weights.CudaQuantizedWeights;
import dvdquant.cuda.weights.CudaQuantizedWeights.PackedForm;
import dvdquant.cuda.weights.LayerStore;
import dvdquant.tensor.HeldWeight;
import dvdquant.tensor.Operands;
import dvdquant.tensor.PackedWeightReader;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.WeightStore;

import java.lang.foreign.MemorySegment;

/** Weights in the GPU's memory, or in the host's until they are needed: packed, as in the checkpoint. */
final class CudaWeights implements WeightStore {
    /** Rows of a weight come in so many: what the products store at once. */
    private static final int OUT_UNIT = 8;

    private final CudaDevice device;
    private final LayerStore store;

    CudaWeights(CudaDevice device, LayerStore store) {
        this.device = device;
        this.store = store;
    }

    @Override
    public HeldWeight hold(Tensor weight) {
        device.requireOpen();
        return store.hold(weight);
    }

    @Override
    public QuantizedWeights quantizedWeights(MemorySegment values, float[] scales, float[] bias) {
        device.requireOpen();
        Operands.requireQuantizedWeights(values.byteSize(), scales, bias);
        int in = Math.toIntExact(values.byteSize() / scales.length);
        requireLayer(scales.length, in);
        return new CudaQuantizedWeights(scales.length, in, PackedForm.ofExpanded(values), scales, bias, store,
                device.device());
    }

    @Override
    public QuantizedWeights packedWeights(PackedWeight weight, float[] bias, Residence residence) {
        device.requireOpen();
        requireLayer(weight.rows(), weight.columns());
        return new CudaQuantizedWeights(weight.rows(), weight.columns(), PackedForm.of(weight),
                PackedWeightReader.scales(weight), bias, store, device.device());
    }

    @Override
    public Residence fastest(WeightScheme scheme) {
        return Residence.PACKED;
    }

    /** When weights are loaded, rather than when a clip is begun. */
    private static void requireLayer(int out, int in) {
        if (out % OUT_UNIT != 0) {
            throw new InputException("a layer of " + out + " outputs, expected a multiple of " + OUT_UNIT
                    + " on a GPU");
        }
        TokenQuantization.requireChannels(in);
    }
}
