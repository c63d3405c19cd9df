package dvdquant.cuda;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.driver.KernelLibrary;
import dvdquant.cuda.kernels.Changes;
import dvdquant.cuda.kernels.Emulation;
import dvdquant.cuda.kernels.Int8Attention;
import dvdquant.cuda.kernels.IntegerProduct;
import dvdquant.cuda.kernels.RowOperations;
import dvdquant.cuda.kernels.TokenQuantization;
import dvdquant.cuda.weights.CudaQuantizedWeights;
import dvdquant.tensor.Device;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.LibtorchAttention;
import dvdquant.tensor.Operands;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Tensor;

/**
 * {@link Kernels} on an NVIDIA GPU: quantized layers, attention in 8 bits and operations on rows by kernels of ours, all else by
 * libtorch. Work is queued on libtorch's current stream; a method may return before it is done.
 */
final class CudaKernels implements Kernels {
    /** With fewer keys quantization takes longer than the faster products save (docs/gpu.md). */
    static final int LEAST_INT8_KEYS = 8192;
    private final CudaDevice device;
    private final AttentionMode attention;
    private final RowOperations rows;
    private final TokenQuantization quantization;
    private final Emulation emulation = new Emulation();
    private final IntegerProduct product;
    private final Int8Attention int8Attention;
    private final Changes changes;

    CudaKernels(CudaDevice device, AttentionMode attention, KernelLibrary library, boolean warpgroups) {
        this.device = device;
        this.attention = attention;
        this.rows = new RowOperations(library);
        this.quantization = new TokenQuantization(library, rows);
        this.product = new IntegerProduct(library, warpgroups);
        this.int8Attention = new Int8Attention(library);
        this.changes = new Changes(library);
    }

    @Override
    public Device device() {
        return device.device();
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
        Operands.requireGain(gain, x);
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
        if (!attendsInInt8(key) || !normsAllTogether(query, key, norm)) {
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

    /** What the kernels that quantize queries and keys do on the way. */
    private static boolean normsAllTogether(Tensor query, Tensor key, QueryKeyNorm norm) {
        boolean all = norm.queryGain().dim(0) == query.dim(1) && norm.keyGain().dim(0) == key.dim(1);
        return all && (norm.rotary() == null
                || norm.rotary().cos().dim(0) == query.dim(0) && query.dim(0) == key.dim(0));
    }

    private boolean attendsInInt8(Tensor key) {
        return attention == AttentionMode.INT8 && key.dim(0) >= LEAST_INT8_KEYS;
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

    private void requireRows(Tensor x) {
        requireOpen();
        Operands.requireRows(x, "x");
    }

    private void requireOpen() {
        device.requireOpen();
    }

    void free() {
        quantization.close();
        emulation.close();
    }
}
