package dvdquant.tensor.cpu.product;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.WeightRows;
import dvdquant.tensor.cpu.machine.Buffer;
import dvdquant.tensor.cpu.machine.FloatMemory;
import dvdquant.tensor.cpu.machine.InstructionSet;
import dvdquant.tensor.cpu.machine.PerThread;
import dvdquant.tensor.cpu.machine.Workers;
import org.bytedeco.dnnl.engine;

import java.lang.foreign.MemorySegment;

/**
 * Linear layers in F32 and BF16: by our own kernels on AVX2, by oneDNN's products where there are wider vectors, or older ones; in BF16 by
 * products in f32 where a processor has none of its own.
 */
public final class DenseLinear implements AutoCloseable {
    /** Rows that are made at a time, where a weight is not kept. */
    private static final int MADE_ROWS = 512;

    private final InstructionSet instructions;
    private final Workers workers;
    private final Products products;
    private final Buffer copy = new Buffer();
    private final PerThread<PanelLinear> panelLinears = new PerThread<>(PanelLinear::new, PanelLinear::close);
    private final PerThread<TiledLinear> tiledLinears;

    /** @param workers borrowed, as {@code engine} is */
    public DenseLinear(engine engine, InstructionSet instructions, Workers workers) {
        this.instructions = instructions;
        this.workers = workers;
        this.products = new Products(engine);
        this.tiledLinears = new PerThread<>(() -> new TiledLinear(engine), TiledLinear::close);
    }

    /**
     * Some columns of a result.
     *
     * @param memory [tokens, stride]
     * @param first column
     */
    record Target(MemorySegment memory, int stride, int first) {
        /**
         * Writes what products have summed up, rounded once.
         *
         * @param sums [tokens, sumsStride] F32
         * @param bias [out]
         */
        void write(Block block, MemorySegment sums, int sumsStride, float[] bias, ElementType type) {
            var row = new float[block.columns];
            for (int t = 0; t < block.tokens; t++) {
                FloatMemory.read(sums, ElementType.F32, (long) t * sumsStride, row, row.length);
                for (int n = 0; n < row.length; n++) {
                    row[n] += bias[block.column + n];
                }
                long element = (long) (block.token + t) * stride + first + block.column;
                FloatMemory.write(row, memory, type, element, row.length);
            }
        }
    }

    /** Some tokens of a target, and some of its columns. */
    record Block(int token, int tokens, int column, int columns) {}

    /** As {@link dvdquant.tensor.Kernels#linear(Tensor, Tensor, Tensor)}. */
    public Tensor apply(Tensor x, Tensor weight, Tensor bias) {
        int out = Math.toIntExact(weight.dim(0));
        Tensor result = Tensor.empty(x.type(), x.dim(0), out);
        write(x, weight, bias, new Target(result.segment(), out, 0));
        return result;
    }

    /** As {@link dvdquant.tensor.Kernels#linear(Tensor, WeightRows, Tensor)}. */
    public Tensor apply(Tensor x, WeightRows weight, Tensor bias) {
        Tensor result = Tensor.empty(x.type(), x.dim(0), weight.out());
        for (int first = 0; first < weight.out(); first += MADE_ROWS) {
            int rows = Math.min(MADE_ROWS, weight.out() - first);
            try (var _ = TensorScope.open()) {
                write(x, made(weight, first, rows, x.type()), bias == null ? null : bias.narrow(0, first, rows),
                        new Target(result.segment(), weight.out(), first));
            }
        }
        return result;
    }

    private Tensor made(WeightRows weight, int first, int rows, ElementType type) {
        Tensor made = Tensor.empty(type, rows, weight.in());
        MemorySegment memory = made.segment();
        int rowsATask = Math.ceilDiv(rows, 2 * workers.count());
        workers.forEach(Math.ceilDiv(rows, rowsATask), task -> {
            WeightRows.Reader reader = weight.reader();
            var row = new float[weight.in()];
            for (int r = (int) task * rowsATask; r < Math.min(rows, (int) (task + 1) * rowsATask); r++) {
                reader.read(first + r, row);
                FloatMemory.write(row, memory, type, (long) r * row.length, row.length);
            }
        });
        return made;
    }

    private void write(Tensor x, Tensor weight, Tensor bias, Target to) {
        if (instructions.multipliesFloatsInPanels()) {
            inPanels(x, weight, bias, to);
        } else if (x.type() == ElementType.BF16 && !instructions.hasBf16Products()) {
            inTiles(x, weight, bias, to);
        } else {
            byOneDnn(x, weight, bias, to);
        }
    }

    private void byOneDnn(Tensor x, Tensor weight, Tensor bias, Target to) {
        long in = x.dim(1);
        Matmul product = products.get(new Matmul.Spec(x.dim(0), in, weight.dim(0), x.type(), x.type(), in, to.stride,
                new Matmul.Weights(1, in, false), bias != null, false));
        product.run(x.segment().address(), weight.segment().address(), bias == null ? 0 : bias.segment().address(),
                to.memory.address() + (long) to.first * x.type().sizeBytes());
    }

    private void inPanels(Tensor x, Tensor weight, Tensor bias, Target to) {
        int tokens = Math.toIntExact(x.dim(0));
        int in = Math.toIntExact(x.dim(1));
        int out = Math.toIntExact(weight.dim(0));
        float[] biases = biases(bias, out);
        for (int first = 0; first < tokens; first += PanelLinear.COPIED) {
            int count = Math.min(PanelLinear.COPIED, tokens - first);
            var job = new PanelLinear.Job(x.type(), first, count, in, out, x.segment(),
                    copy.ofBytes((long) count * in * Float.BYTES), weight.segment(), biases, to,
                    PanelLinear.rows(out, workers.count()));
            workers.forEach(count, token -> PanelLinear.copy(job, (int) token));
            workers.forEach(job.tasks(), task -> panelLinears.get().run(job, (int) task));
        }
    }

    private void inTiles(Tensor x, Tensor weight, Tensor bias, Target to) {
        int out = Math.toIntExact(weight.dim(0));
        var job = new TiledLinear.Job(x.type(), Math.toIntExact(x.dim(0)), Math.toIntExact(x.dim(1)), out, x.segment(),
                weight.segment(), biases(bias, out), to);
        workers.forEach(job.tasks(), task -> tiledLinears.get().run(job, task));
    }

    private static float[] biases(Tensor bias, int out) {
        return bias == null ? new float[out] : bias.toFloats();
    }

    /** May be used again: what it needs is made anew. */
    @Override
    public void close() {
        products.close();
        copy.close();
        panelLinears.close();
        tiledLinears.close();
    }
}
