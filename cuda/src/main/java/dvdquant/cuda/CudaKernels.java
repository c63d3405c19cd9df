package dvdquant.cuda;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.driver.GpuProperties;
import dvdquant.cuda.driver.KernelLibrary;
import dvdquant.cuda.kernels.Changes;
import dvdquant.cuda.kernels.Emulation;
import dvdquant.cuda.kernels.Int8Attention;
import dvdquant.cuda.kernels.IntegerProduct;
import dvdquant.cuda.kernels.RowOperations;
import dvdquant.cuda.kernels.TokenQuantization;
import dvdquant.cuda.weights.CudaQuantizedWeights;
import dvdquant.cuda.weights.CudaQuantizedWeights.PackedForm;
import dvdquant.cuda.weights.LayerStore;
import dvdquant.cuda.weights.OffloadedStore;
import dvdquant.cuda.weights.OnDeviceStore;
import dvdquant.tensor.Abilities;
import dvdquant.tensor.Device;
import dvdquant.tensor.DeviceMemory;
import dvdquant.tensor.HeldWeight;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.LibtorchAttention;
import dvdquant.tensor.Operands;
import dvdquant.tensor.PackedWeightReader;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * {@link Kernels} on an NVIDIA GPU: quantized layers, attention in 8 bits and operations on rows by kernels of ours, all else by
 * libtorch. Work is queued on libtorch's current stream; a method may return before it is done.
 */
public final class CudaKernels implements Kernels {
    /** With fewer keys quantization takes longer than the faster products save (docs/gpu.md). */
    private static final int LEAST_INT8_KEYS = 8192;
    /** Rows of a weight come in so many: what the products store at once. */
    private static final int OUT_UNIT = 8;
    /** The context, libtorch's and cuBLAS's code and workspaces. */
    private static final long BASE_BYTES = 1L << 30;

    private final CudaSettings settings;
    private final KernelLibrary library;
    private final RowOperations rows;
    private final TokenQuantization quantization;
    private final Emulation emulation = new Emulation();
    private final IntegerProduct product;
    private final Int8Attention int8Attention;
    private final Changes changes;
    private final LayerStore store;
    private boolean open = true;

    private CudaKernels(CudaSettings settings, KernelLibrary library, boolean warpgroups) {
        this.settings = settings;
        this.library = library;
        this.rows = new RowOperations(library);
        this.quantization = new TokenQuantization(library, rows);
        this.product = new IntegerProduct(library, warpgroups);
        this.int8Attention = new Int8Attention(library);
        this.changes = new Changes(library);
        this.store = settings.offload() ? new OffloadedStore(device()) : new OnDeviceStore(device());
    }

    /**
     * Kernels on one GPU.
     *
     * @param index as the driver counts
     * @throws InputException if there is no such GPU, it is not supported, or a library is missing
     */
    public static CudaKernels open(int index, CudaSettings settings) {
        GpuProperties device = GpuProperties.of(index);
        if (settings.attention() == AttentionMode.INT8 && !device.isHopper()) {
            throw new InputException("attention int8: " + device.describe()
                    + ", expected compute capability 9.0 (Hopper); attention exact runs on it");
        }
        return new CudaKernels(settings, KernelLibrary.of(device, settings.cache()), device.isHopper());
    }

    /** Kernels that multiply as Ampere and Ada do, on any GPU: to test them. */
    static CudaKernels withoutWarpgroups(int index, CudaSettings settings) {
        return new CudaKernels(settings, KernelLibrary.of(GpuProperties.of(index), settings.cache()), false);
    }

    @Override
    public Device device() {
        return library.device().device();
    }

    @Override
    public String describe() {
        return device() + " " + library.device().name() + ", " + switch (settings.attention()) {
            case EXACT -> "exact attention";
            case INT8 -> "int8 attention from " + LEAST_INT8_KEYS + " keys on";
        } + (settings.offload() ? ", weights offloaded" : "");
    }

    @Override
    public Abilities abilities() {
        var own = new Abilities.Products(true, "tensor cores");
        return new Abilities(library.device().describe(), 0, own, own);
    }

    @Override
    public Optional<DeviceMemory> memory() {
        return Optional.of(new DeviceMemory(library.freeBytes(), BASE_BYTES, !settings.offload()));
    }

    @Override
    public Tensor linear(Tensor x, Tensor weight, Tensor bias) {
        requireOpen();
        Operands.requireLinear(x, weight, bias);
        return x.linear(weight, bias);
    }

    @Override
    public Tensor layerNorm(Tensor x, Tensor gain, Tensor offset, double eps) {
        requireRows(x);
        Operands.requireChannels(gain, x);
        Operands.requireChannels(offset, x);
        return rows.layerNorm(x, gain, offset, eps);
    }

    @Override
    public Tensor rmsNorm(Tensor x, Tensor gain, Rotary rotary, double eps) {
        requireRows(x);
        Operands.requireChannels(gain, x);
        Operands.requireRotary(rotary, x);
        return rows.rmsNorm(x, gain, rotary, eps);
    }

    @Override
    public Tensor attention(Tensor query, Tensor key, Tensor value, int heads) {
        requireOpen();
        Operands.requireAttention(query, key, value, heads);
        return attendsInInt8(key)
                ? int8Attention.attend(query, key, value, heads, null)
                : LibtorchAttention.of(query, key, value, heads);
    }

    @Override
    public Tensor attention(Tensor query, Tensor key, Tensor value, int heads, QueryKeyNorm norm) {
        if (!attendsInInt8(key)) {
            return Kernels.super.attention(query, key, value, heads, norm);
        }
        requireOpen();
        Operands.requireAttention(query, key, value, heads);
        Operands.requireChannels(norm.queryGain(), query);
        Operands.requireChannels(norm.keyGain(), key);
        Operands.requireRotary(norm.rotary(), query);
        Operands.requireRotary(norm.rotary(), key);
        return int8Attention.attend(query, key, value, heads, norm);
    }

    private boolean attendsInInt8(Tensor key) {
        return settings.attention() == AttentionMode.INT8 && key.dim(0) >= LEAST_INT8_KEYS;
    }

    @Override
    public void gelu(Tensor x) {
        requireRows(x);
        rows.gelu(x);
    }

    @Override
    public Tensor gatedResidual(Tensor x, Tensor y, Tensor gate) {
        requireOpen();
        Operands.requireSum(x, y);
        Operands.requireChannels(gate, x);
        return rows.gatedResidual(x, y, gate);
    }

    @Override
    public QuantizedRows quantize(Tensor x, Rotation rotation, ActivationScheme scheme) {
        requireRows(x);
        return quantization.quantize(x, rotation, scheme);
    }

    @Override
    public QuantizedRows quantizeNormed(Tensor x, Tensor gain, Tensor offset, double eps, Rotation rotation,
            ActivationScheme scheme) {
        requireRows(x);
        Operands.requireChannels(gain, x);
        Operands.requireChannels(offset, x);
        return quantization.normed(x, gain, offset, eps, rotation, scheme);
    }

    @Override
    public QuantizedRows quantizeActivated(Tensor x, Rotation rotation, ActivationScheme scheme) {
        requireRows(x);
        return quantization.activated(x, rotation, scheme);
    }

    @Override
    public Tensor emulate(Tensor x, Rotation rotation, ActivationScheme scheme) {
        requireRows(x);
        return emulation.emulate(x, rotation, scheme);
    }

    @Override
    public HeldWeight hold(Tensor weight) {
        requireOpen();
        return store.hold(weight);
    }

    @Override
    public QuantizedWeights quantizedWeights(MemorySegment values, float[] scales, float[] bias) {
        requireOpen();
        Operands.requireQuantizedWeights(values.byteSize(), scales, bias);
        int in = Math.toIntExact(values.byteSize() / scales.length);
        requireLayer(scales.length, in);
        return new CudaQuantizedWeights(scales.length, in, PackedForm.ofExpanded(values), scales, bias, store,
                device());
    }

    @Override
    public QuantizedWeights packedWeights(PackedWeight weight, float[] bias, Residence residence) {
        requireOpen();
        requireLayer(weight.rows(), weight.columns());
        return new CudaQuantizedWeights(weight.rows(), weight.columns(), PackedForm.of(weight),
                PackedWeightReader.scales(weight),
                bias, store, device());
    }

    @Override
    public Residence fastest(WeightScheme scheme) {
        return Residence.PACKED;
    }

    @Override
    public Tensor linear(QuantizedRows x, QuantizedWeights weights, ElementType type) {
        requireOpen();
        Operands.requireLinear(x, weights, type);
        return product.run(x, (CudaQuantizedWeights) weights, type, null, null);
    }

    @Override
    public Tensor linearResidual(QuantizedRows x, QuantizedWeights weights, Tensor residual, Tensor gate) {
        requireOpen();
        Operands.requireLinearResidual(x, weights, residual, gate);
        return product.run(x, (CudaQuantizedWeights) weights, residual.type(), residual, gate);
    }

    @Override
    public double relativeChange(Tensor now, Tensor last) {
        requireOpen();
        Operands.requireChange(now, last);
        return changes.relative(now, last);
    }

    @Override
    public void bindThread() {
        library.bindThread();
    }

    @Override
    public double milliseconds(Runnable work) {
        return library.milliseconds(work);
    }

    /** When weights are loaded, rather than when a clip is begun. */
    private static void requireLayer(int out, int in) {
        if (out % OUT_UNIT != 0) {
            throw new InputException("a layer of " + out + " outputs, expected a multiple of " + OUT_UNIT
                    + " on a GPU");
        }
        TokenQuantization.requireChannels(in);
    }

    private void requireRows(Tensor x) {
        requireOpen();
        Operands.requireRows(x, "x");
    }

    private void requireOpen() {
        if (!open) throw new IllegalStateException("the kernels are closed");
    }

    @Override
    public void close() {
        if (!open) return;
        open = false;
        quantization.close();
        emulation.close();
        store.close();
    }
}
