package dvdquant.tensor.cpu;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.ActivationEmulator;
import dvdquant.core.quant.ActivationScales;
import dvdquant.core.quant.ActivationScheme;
import dvdquant.core.quant.HadamardRotation;
import dvdquant.core.quant.Rotation;
import dvdquant.core.quant.TokenQuantizer;
import dvdquant.tensor.Int8Rows;
import dvdquant.tensor.Int8Weights;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.NativeThreads;
import dvdquant.tensor.Operands;
import dvdquant.tensor.Tensor;
import org.bytedeco.dnnl.engine;
import org.bytedeco.javacpp.PointerScope;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/** {@link Kernels} on a CPU. */
public final class CpuKernels implements Kernels {
    /** Under this many elements waking a thread costs more than it brings. */
    private static final long MIN_ELEMENTS_A_TASK = 16_384;

    private final PointerScope owner;
    private final engine engine;
    private final Products products;
    private final Workers workers;
    private final Map<Thread, Attention> attentions = new ConcurrentHashMap<>();
    private final Map<Thread, Int8Linear> int8Linears = new ConcurrentHashMap<>();
    private boolean open = true;

    /** Kernels that run on as many threads as libtorch does. */
    public CpuKernels() {
        workers = new Workers(NativeThreads.count()); // before oneDNN loads: NativeThreads sets its environment
        try (var scope = new PointerScope()) {
            engine = new engine(org.bytedeco.dnnl.engine.kind.cpu, 0);
            owner = scope.extend();
        }
        products = new Products(engine);
    }

    @Override
    public Tensor linear(Tensor x, Tensor weight, Tensor bias) {
        requireOpen();
        Operands.requireLinear(x, weight, bias);
        long in = x.dim(1);
        long out = weight.dim(0);
        Tensor result = Tensor.empty(x.type(), x.dim(0), out);
        Matmul product = products.get(new Matmul.Spec(x.dim(0), in, out, x.type(), x.type(), in, out,
                new Matmul.Weights(1, in, false), bias != null, false));
        product.run(x.segment().address(), weight.segment().address(), bias == null ? 0 : bias.segment().address(),
                result.segment().address());
        return result;
    }

    @Override
    public Tensor layerNorm(Tensor x, Tensor gain, Tensor offset, double eps) {
        requireRows(x, "x");
        float[] gains = channels(gain, x);
        float[] offsets = channels(offset, x);
        int width = (int) x.dim(1);
        return mapRows(x, () -> (row, _) -> RowKernels.layerNorm(row, gains, offsets, width, eps));
    }

    @Override
    public Tensor rmsNorm(Tensor x, Tensor gain, Rotary rotary, double eps) {
        requireRows(x, "x");
        float[] gains = channels(gain, x);
        int width = (int) x.dim(1);
        if (rotary == null) return mapRows(x, () -> (row, _) -> RowKernels.rmsNorm(row, gains, width, eps));
        Operands.requireRotary(rotary, x);
        int headSize = (int) rotary.cos().dim(1);
        MemorySegment cosMemory = rotary.cos().segment();
        MemorySegment sinMemory = rotary.sin().segment();
        return mapRows(x, () -> {
            var cos = new float[headSize];
            var sin = new float[headSize];
            return (row, token) -> {
                RowKernels.rmsNorm(row, gains, width, eps);
                Rows.read(cosMemory, ElementType.F32, token * headSize, cos, headSize);
                Rows.read(sinMemory, ElementType.F32, token * headSize, sin, headSize);
                RowKernels.rotate(row, cos, sin, width);
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
                query.type(),
                query.segment(), key.segment(), value.segment(), result.segment());
        // A head's blocks go to several tasks where there are few heads, so that no thread idles.
        int blocks = Math.ceilDiv(job.blocks(), Math.ceilDiv(2 * workers.count(), heads));
        int parts = Math.ceilDiv(job.blocks(), blocks);
        workers.forEach((long) heads * parts, task -> {
            int from = (int) (task % parts) * blocks;
            attentionOfThisThread().run(job, (int) (task / parts), from, Math.min(job.blocks(), from + blocks));
        });
        return result;
    }

    private Attention attentionOfThisThread() {
        return attentions.computeIfAbsent(Thread.currentThread(), _ -> new Attention(engine));
    }

    @Override
    public void gelu(Tensor x) {
        requireRows(x, "x");
        int width = (int) x.dim(1);
        mapRows(x, x, () -> (row, _) -> RowKernels.gelu(row, width));
    }

    @Override
    public Tensor gatedResidual(Tensor x, Tensor y, Tensor gate) {
        requireOpen();
        Operands.requireSum(x, y);
        int width = (int) x.dim(1);
        float[] gates = gate == null ? ones(width) : channels(gate, x);
        MemorySegment yMemory = y.segment();
        ElementType type = x.type();
        return mapRows(x, () -> {
            var yRow = new float[width];
            return (row, token) -> {
                Rows.read(yMemory, type, token * width, yRow, width);
                RowKernels.addGated(row, yRow, gates, width);
            };
        });
    }

    private static float[] ones(int count) {
        var ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    @Override
    public Int8Rows quantize(Tensor x, Rotation rotation, ActivationScheme scheme) {
        requireRows(x, "x");
        int width = Math.toIntExact(x.dim(1));
        HadamardRotation signs = rotation.forColumns(width);
        Tensor codes = Tensor.empty(ElementType.I8, x.dim(0), width);
        Tensor scales = Tensor.empty(ElementType.F32, x.dim(0));
        MemorySegment from = x.segment();
        MemorySegment to = codes.segment();
        MemorySegment scaleMemory = scales.segment();
        ElementType type = x.type();
        boolean shared = scheme.scales() instanceof ActivationScales.PerTensor;
        float[] magnitudes = shared ? sharedMagnitudes(x, signs, scheme) : null;
        forRows(x.dim(0), width, () -> {
            var quantizer = new TokenQuantizer(signs, scheme);
            var row = new float[width];
            return token -> {
                Rows.read(from, type, token * width, row, width);
                float scale = shared
                        ? quantizer.quantize(row, magnitudes[0], to, token * width)
                        : quantizer.quantize(row, to, token * width);
                scaleMemory.setAtIndex(ValueLayout.JAVA_FLOAT, token, scale);
            };
        });
        return new Int8Rows(codes, scales);
    }

    @Override
    public Tensor emulate(Tensor x, Rotation rotation, ActivationScheme scheme) {
        requireRows(x, "x");
        int width = Math.toIntExact(x.dim(1));
        HadamardRotation signs = rotation.forColumns(width);
        float[] magnitudes = sharedMagnitudes(x, signs, scheme);
        Tensor result = Tensor.empty(ElementType.F32, x.dim(0), width);
        MemorySegment from = x.segment();
        MemorySegment to = result.segment();
        ElementType type = x.type();
        forRows(x.dim(0), width, () -> {
            var emulator = new ActivationEmulator(signs, scheme);
            var row = new float[width];
            return token -> {
                Rows.read(from, type, token * width, row, width);
                emulator.apply(row, magnitudes);
                Rows.write(row, to, ElementType.F32, token * width, width);
            };
        });
        return result;
    }

    /** What all tokens share of the magnitudes that scales are made of: a maximum, which no order of the tasks changes. */
    private float[] sharedMagnitudes(Tensor x, HadamardRotation rotation, ActivationScheme scheme) {
        var shared = new float[new ActivationEmulator(rotation, scheme).sharedMagnitudes()];
        if (shared.length == 0) return shared;
        MemorySegment from = x.segment();
        ElementType type = x.type();
        int width = Math.toIntExact(x.dim(1));
        forRows(x.dim(0), width, () -> {
            var emulator = new ActivationEmulator(rotation, scheme);
            var row = new float[width];
            var own = new float[shared.length];
            return token -> {
                Rows.read(from, type, token * width, row, width);
                emulator.gather(row, own);
                synchronized (shared) {
                    for (int i = 0; i < own.length; i++) {
                        shared[i] = Math.max(shared[i], own[i]);
                    }
                }
            };
        });
        return shared;
    }

    @Override
    public Int8Weights int8Weights(MemorySegment values, float[] scales, float[] bias) {
        Operands.requireInt8Weights(values.byteSize(), scales, bias);
        if (!values.isNative()) throw new IllegalArgumentException("int8 weights on the heap, expected native memory");
        var weights = new CpuInt8Weights(scales.length, Math.toIntExact(values.byteSize() / scales.length), scales,
                bias);
        workers.forEach(weights.stretches(), s -> weights.pack((int) s, values, int8LinearOfThisThread().products()));
        return weights;
    }

    private Int8Linear int8LinearOfThisThread() {
        return int8Linears.computeIfAbsent(Thread.currentThread(), _ -> new Int8Linear(engine));
    }

    @Override
    public Tensor linear(Int8Rows x, Int8Weights weights, ElementType type) {
        Tensor codes = x.codes();
        Operands.requireLinear(x, weights, type);
        Tensor result = Tensor.empty(type, codes.dim(0), weights.out());
        var job = new Int8Linear.Job((CpuInt8Weights) weights, Math.toIntExact(codes.dim(0)), codes.segment(),
                x.scales().toFloats(), result.segment(), type);
        workers.forEach(job.tasks(),
                task -> int8Linears.computeIfAbsent(Thread.currentThread(), _ -> new Int8Linear(engine)).run(job,
                        task));
        return result;
    }

    /** What becomes of one row of f32 channels, in place. */
    private interface RowKernel {
        void apply(float[] row, long index);
    }

    /** @param kernels makes a kernel, with the scratch memory that it needs, for each task */
    private Tensor mapRows(Tensor x, Supplier<RowKernel> kernels) {
        Tensor result = Tensor.empty(x.type(), x.dim(0), x.dim(1));
        mapRows(x, result, kernels);
        return result;
    }

    private void mapRows(Tensor x, Tensor result, Supplier<RowKernel> kernels) {
        MemorySegment from = x.segment();
        MemorySegment to = result.segment();
        ElementType type = x.type();
        int width = Math.toIntExact(x.dim(1));
        forRows(x.dim(0), width, () -> {
            var row = new float[width];
            RowKernel kernel = kernels.get();
            return index -> {
                Rows.read(from, type, index * width, row, width);
                kernel.apply(row, index);
                Rows.write(row, to, type, index * width, width);
            };
        });
    }

    /**
     * Shares rows out among the threads.
     *
     * @param stretches makes what is done to each row of a stretch, with scratch memory of its own
     */
    private void forRows(long rows, int width, Supplier<LongConsumer> stretches) {
        long rowsATask = Math.max(Math.ceilDiv(MIN_ELEMENTS_A_TASK, width), Math.ceilDiv(rows, 4L * workers.count()));
        long tasks = Math.ceilDiv(rows, rowsATask);
        LongConsumer task = t -> {
            LongConsumer stretch = stretches.get();
            for (long row = t * rowsATask; row < Math.min(rows, (t + 1) * rowsATask); row++) {
                stretch.accept(row);
            }
        };
        if (tasks == 1) {
            task.accept(0);
        } else {
            workers.forEach(tasks, task);
        }
    }

    private static float[] channels(Tensor vector, Tensor x) {
        Operands.requireChannels(vector, x);
        return vector.toFloats();
    }

    private void requireRows(Tensor tensor, String name) {
        requireOpen();
        Operands.requireRows(tensor, name);
    }

    private void requireOpen() {
        if (!open) throw new IllegalStateException("the kernels are closed");
    }

    @Override
    public void close() {
        open = false;
        workers.close();
        attentions.values().forEach(Attention::close);
        attentions.clear();
        int8Linears.values().forEach(Int8Linear::close);
        int8Linears.clear();
        products.close();
        owner.close();
    }
}
