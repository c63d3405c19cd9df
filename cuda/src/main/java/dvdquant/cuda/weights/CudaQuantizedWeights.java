package dvdquant.cuda.weights;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.tensor.Device;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.lang.foreign.MemorySegment;

/**
 * A layer's weights as they rest: packed as in the checkpoint, on the GPU or in the host's memory; or, if they never were packed, as
 * 8-bit integers. Steps and bias are on the GPU.
 */
public final class CudaQuantizedWeights implements QuantizedWeights {
    private final int out;
    private final int in;
    private final PackedForm form;
    private final LayerStore.Packed packed;
    private final Tensor scales;
    private final Tensor bias;
    private final TensorScope.Sealed owner;

    /**
     * How the bytes are to be read.
     *
     * @param bits of a code
     * @param groups of a row
     * @param expanded the bytes are the integers of the product already
     * @param parts where codes, zero points and multipliers begin
     */
    public record PackedForm(int bits, int groups, boolean expanded, PackedParts parts) {
        public static PackedForm of(PackedWeight weight) {
            return new PackedForm(weight.scheme().range().bits(), weight.groups(), false, PackedParts.of(weight));
        }

        public static PackedForm ofExpanded(MemorySegment values) {
            return new PackedForm(Byte.SIZE, 1, true, PackedParts.of(values));
        }

        /** Whether codes have 4 bits and a row one zero point, so that a product can read them as they are. */
        public boolean isNibbleRows() {
            return bits == 4 && groups == 1;
        }
    }

    /**
     * @param scales a row's step
     * @param bias [out]; null stands for zeros
     */
    public CudaQuantizedWeights(int out, int in, PackedForm form, float[] scales, float[] bias, LayerStore store,
            Device device) {
        this.out = out;
        this.in = in;
        this.form = form;
        this.packed = store.keep(form.parts);
        try (var scope = TensorScope.open()) {
            this.scales = Tensor.ofFloats(scales, out).to(device);
            this.bias = bias == null ? null : Tensor.ofFloats(bias, out).to(device);
            this.owner = scope.seal();
        } catch (RuntimeException e) {
            packed.close();
            throw e;
        }
    }

    public PackedForm form() {
        return form;
    }

    /** U8, all parts; valid for kernels that are queued before the next layer's are asked for. */
    public Tensor bytes() {
        return packed.onDevice();
    }

    /** F32 [out] */
    public Tensor scales() {
        return scales;
    }

    /** F32 [out], or null */
    public Tensor bias() {
        return bias;
    }

    @Override
    public int out() {
        return out;
    }

    @Override
    public int in() {
        return in;
    }

    @Override
    public long sizeBytes() {
        long vectors = (bias == null ? 1L : 2L) * out * ElementType.F32.sizeBytes();
        return packed.deviceBytes() + vectors;
    }

    @Override
    public void close() {
        packed.close();
        owner.close();
    }
}
