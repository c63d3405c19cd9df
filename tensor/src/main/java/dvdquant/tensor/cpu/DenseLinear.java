package dvdquant.tensor.cpu;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Tensor;
import org.bytedeco.dnnl.engine;

/**
 * Linear layers in F32 and BF16: by our own kernels on AVX2, by oneDNN's products where there are wider vectors, or older ones; in BF16 by
 * products in f32 where a processor has none of its own.
 */
final class DenseLinear implements AutoCloseable {
    private final InstructionSet instructions;
    private final Workers workers;
    private final Products products;
    private final Buffer copy = new Buffer();
    private final PerThread<PanelLinear> panelLinears = new PerThread<>(PanelLinear::new, PanelLinear::close);
    private final PerThread<TiledLinear> tiledLinears;

    /** @param workers borrowed, as {@code engine} is */
    DenseLinear(engine engine, InstructionSet instructions, Workers workers) {
        this.instructions = instructions;
        this.workers = workers;
        this.products = new Products(engine);
        this.tiledLinears = new PerThread<>(() -> new TiledLinear(engine), TiledLinear::close);
    }

    /** As {@link dvdquant.tensor.Kernels#linear(Tensor, Tensor, Tensor)}. */
    Tensor apply(Tensor x, Tensor weight, Tensor bias) {
        Tensor result = Tensor.empty(x.type(), x.dim(0), weight.dim(0));
        if (instructions.multipliesFloatsInPanels()) {
            inPanels(x, weight, bias, result);
        } else if (x.type() == ElementType.BF16 && !instructions.hasBf16Products()) {
            inTiles(x, weight, bias, result);
        } else {
            byOneDnn(x, weight, bias, result);
        }
        return result;
    }

    private void byOneDnn(Tensor x, Tensor weight, Tensor bias, Tensor result) {
        long in = x.dim(1);
        long out = weight.dim(0);
        Matmul product = products.get(new Matmul.Spec(x.dim(0), in, out, x.type(), x.type(), in, out,
                new Matmul.Weights(1, in, false), bias != null, false));
        product.run(x.segment().address(), weight.segment().address(), bias == null ? 0 : bias.segment().address(),
                result.segment().address());
    }

    private void inPanels(Tensor x, Tensor weight, Tensor bias, Tensor result) {
        int tokens = Math.toIntExact(x.dim(0));
        int in = Math.toIntExact(x.dim(1));
        int out = Math.toIntExact(weight.dim(0));
        float[] biases = biases(bias, out);
        for (int first = 0; first < tokens; first += PanelLinear.COPIED) {
            int count = Math.min(PanelLinear.COPIED, tokens - first);
            var job = new PanelLinear.Job(x.type(), first, count, in, out, x.segment(),
                    copy.ofBytes((long) count * in * Float.BYTES), weight.segment(), biases, result.segment(),
                    PanelLinear.rows(out, workers.count()));
            workers.forEach(count, token -> PanelLinear.copy(job, (int) token));
            workers.forEach(job.tasks(), task -> panelLinears.get().run(job, (int) task));
        }
    }

    private void inTiles(Tensor x, Tensor weight, Tensor bias, Tensor result) {
        int out = Math.toIntExact(weight.dim(0));
        var job = new TiledLinear.Job(x.type(), Math.toIntExact(x.dim(0)), Math.toIntExact(x.dim(1)), out, x.segment(),
                weight.segment(), biases(bias, out), result.segment());
        workers.forEach(job.tasks(), task -> tiledLinears.get().run(job, task));
    }

    private static float[] biases(Tensor bias, int out) {
        return bias == null ? new float[out] : bias.toFloats();
    }

    @Override
    public void close() {
        products.close();
        copy.close();
        panelLinears.close();
        tiledLinears.close();
    }
}
