package dvdquant.tensor.cpu;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.tensor.Convolution;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Operands;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.WeightRows;
import dvdquant.tensor.cpu.attention.Attention;
import dvdquant.tensor.cpu.convolution.ClipMoments;
import dvdquant.tensor.cpu.convolution.CpuConvolution;
import dvdquant.tensor.cpu.convolution.Expansion;
import dvdquant.tensor.cpu.integer.CpuQuantizedWeights;
import dvdquant.tensor.cpu.integer.IntegerLinear;
import dvdquant.tensor.cpu.machine.FloatMemory;
import dvdquant.tensor.cpu.rows.ActivationRows;
import dvdquant.tensor.cpu.rows.RowKernels;
import dvdquant.tensor.cpu.rows.RowPasses;
import dvdquant.tensor.cpu.rows.RowSource;
import org.bytedeco.dnnl.engine;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Supplier;

/** {@link Kernels} on a CPU. */
final class CpuKernels implements Kernels {
    private final CpuDevice device;
    private final RowPasses passes;

    /** @param device whose threads and compiled code are used */
    CpuKernels(CpuDevice device) {
        this.device = device;
        this.passes = new RowPasses(device.workers);
    }

    @Override
    public Tensor linear(Tensor x, Tensor weight, Tensor bias) {
        requireOpen();
        Operands.requireLinear(x, weight, bias);
        return device.dense.apply(x, weight, bias);
    }

    @Override
    public Tensor linear(Tensor x, WeightRows weight, Tensor bias) {
        requireOpen();
        Operands.requireRows(x, "x");
        Operands.requireChannelsOf(x, weight);
        return device.dense.apply(x, weight, bias);
    }

    @Override
    public Tensor layerNorm(Tensor x, Tensor gain, Tensor offset, double eps) {
        return passes.map(x, layerNormOf(x, gain, offset, eps));
    }

    private Supplier<RowSource> layerNormOf(Tensor x, Tensor gain, Tensor offset, double eps) {
        RowSource source = rowsOf(x, "x");
        float[] gains = channels(gain, x);
        float[] offsets = channels(offset, x);
        return () -> (row, token) -> {
            source.read(row, token);
            RowKernels.layerNorm(row, gains, offsets, row.length, eps);
        };
    }

    @Override
    public Tensor rmsNorm(Tensor x, Tensor gain, Rotary rotary, double eps) {
        RowSource source = rowsOf(x, "x");
        Operands.requireGain(gain, x);
        float[] gains = gain.toFloats();
        if (rotary == null) {
            return passes.map(x, () -> (row, token) -> {
                source.read(row, token);
                RowKernels.rmsNorm(row, gains, eps);
            });
        }
        Operands.requireRotary(rotary, x);
        RowSource cosines = rowsOf(rotary.cos(), "cos");
        RowSource sines = rowsOf(rotary.sin(), "sin");
        long turned = rotary.cos().dim(0);
        return passes.map(x, () -> {
            var cos = new float[(int) rotary.cos().dim(1)];
            var sin = new float[cos.length];
            return (row, token) -> {
                source.read(row, token);
                RowKernels.rmsNorm(row, gains, eps);
                if (token >= turned) return;
                cosines.read(cos, token);
                sines.read(sin, token);
                RowKernels.rotate(row, cos, sin, row.length);
            };
        });
    }

    @Override
    public Tensor attention(Tensor query, Tensor key, Tensor value, int heads) {
        requireOpen();
        Operands.requireAttention(query, key, value, heads);
        Tensor result = Tensor.empty(query.type(), query.dim(0), query.dim(1));
        int tokens = Math.toIntExact(query.dim(0));
        var job = new Attention.Job(tokens, Math.toIntExact(key.dim(0)), heads, (int) query.dim(1) / heads,
                query.type(), device.instructions.multipliesFloatsInPanels(), query.segment(), key.segment(),
                value.segment(),
                result.segment());
        // A head's blocks go to several tasks where there are few heads, so that no thread idles.
        int blocks = Math.ceilDiv(job.blocks(), Math.ceilDiv(2 * device.workers.count(), heads));
        int parts = Math.ceilDiv(job.blocks(), blocks);
        device.workers.forEach((long) heads * parts, task -> {
            int from = (int) (task % parts) * blocks;
            device.attentions.get().run(job, (int) (task / parts), from, Math.min(job.blocks(), from + blocks));
        });
        return result;
    }

    @Override
    public void gelu(Tensor x) {
        passes.write(x, geluOf(x));
    }

    private Supplier<RowSource> geluOf(Tensor x) {
        requireRows(x, "x");
        MemorySegment memory = x.segment();
        ElementType type = x.type();
        return () -> (row, token) -> RowKernels.gelu(memory, type, token * row.length, row, row.length);
    }

    @Override
    public Tensor gatedResidual(Tensor x, Tensor y, Tensor gate) {
        requireOpen();
        Operands.requireSum(x, y);
        float[] gates = gates(gate, x);
        RowSource xs = rowsOf(x, "x");
        RowSource ys = rowsOf(y, "y");
        return passes.map(x, () -> {
            var added = new float[gates.length];
            return (row, token) -> {
                xs.read(row, token);
                ys.read(added, token);
                RowKernels.addGated(row, added, gates, row.length);
            };
        });
    }

    @Override
    public QuantizedRows quantize(Tensor x, Rotation rotation, ActivationScheme scheme) {
        return activations(x, plain(x), rotation, scheme).quantize();
    }

    /** The normed values are not rounded to the type of {@code x} on the way. */
    @Override
    public QuantizedRows quantizeNormed(Tensor x, Tensor gain, Tensor offset, double eps, Rotation rotation,
            ActivationScheme scheme) {
        return activations(x, layerNormOf(x, gain, offset, eps), rotation, scheme).quantize();
    }

    /** The activated values are not rounded to the type of {@code x} on the way. */
    @Override
    public QuantizedRows quantizeActivated(Tensor x, Rotation rotation, ActivationScheme scheme) {
        return activations(x, geluOf(x), rotation, scheme).quantize();
    }

    @Override
    public Tensor emulate(Tensor x, Rotation rotation, ActivationScheme scheme) {
        return activations(x, plain(x), rotation, scheme).emulate();
    }

    private Supplier<RowSource> plain(Tensor x) {
        RowSource source = rowsOf(x, "x");
        return () -> source;
    }

    private ActivationRows activations(Tensor x, Supplier<RowSource> sources, Rotation rotation,
            ActivationScheme scheme) {
        return new ActivationRows(passes, x.dim(0), sources, rotation.forColumns(Math.toIntExact(x.dim(1))), scheme);
    }

    @Override
    public Tensor linear(QuantizedRows x, QuantizedWeights weights, ElementType type) {
        requireOpen();
        Operands.requireLinear(x, weights, type);
        return linear(x, (CpuQuantizedWeights) weights, type, null);
    }

    /** The product is not rounded before the residual is added. */
    @Override
    public Tensor linearResidual(QuantizedRows x, QuantizedWeights weights, Tensor residual, Tensor gate) {
        requireOpen();
        Operands.requireLinearResidual(x, weights, residual, gate);
        return linear(x, (CpuQuantizedWeights) weights, residual.type(),
                new IntegerLinear.Addition(residual.segment(), gates(gate, residual)));
    }

    private Tensor linear(QuantizedRows x, CpuQuantizedWeights weights, ElementType type,
            IntegerLinear.Addition addition) {
        Tensor codes = x.codes();
        Tensor result = Tensor.empty(type, codes.dim(0), weights.out());
        var job = new IntegerLinear.Job(weights, Math.toIntExact(codes.dim(0)), codes.segment(), x.scales().toFloats(),
                new IntegerLinear.Output(result.segment(), type, addition));
        device.workers.forEach(job.tasks(), task -> device.integerLinears.get().run(job, task));
        return result;
    }

    @Override
    public Convolution convolution(Convolution.Shape shape, Supplier<Tensor> weight, Tensor bias) {
        requireOpen();
        return CpuConvolution.of(shape, weight, bias,
                new CpuConvolution.Machine(device.engine, device.instructions, device.workers, device.workspaces));
    }

    @Override
    public Convolution.Activation.Scaled groupNorm(Tensor x, GroupNorm norm) {
        requireOpen();
        Operands.requireGroups(x, norm);
        return ClipMoments.of(x, device.workers).norm(norm, device());
    }

    @Override
    public long convolutionBytes(Convolution.Shape shape) {
        return new Expansion(shape).weightBytes();
    }

    @Override
    public long convolutionScratchBytes(Convolution.Shape shape) {
        return device.workers.count() * new Expansion(shape).workspaceBytes();
    }

    private static float[] gates(Tensor gate, Tensor x) {
        if (gate != null) return channels(gate, x);
        var ones = new float[(int) x.dim(1)];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static float[] channels(Tensor vector, Tensor x) {
        Operands.requireChannels(vector, x);
        return vector.toFloats();
    }

    private RowSource rowsOf(Tensor tensor, String name) {
        requireRows(tensor, name);
        MemorySegment memory = tensor.segment();
        ElementType type = tensor.type();
        return (row, index) -> FloatMemory.read(memory, type, index * row.length, row, row.length);
    }

    private void requireRows(Tensor tensor, String name) {
        requireOpen();
        Operands.requireRows(tensor, name);
    }

    private void requireOpen() {
        device.requireOpen();
    }
}
