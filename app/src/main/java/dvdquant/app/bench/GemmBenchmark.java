package dvdquant.app.bench;

import dvdquant.app.machine.CpuUse;
import dvdquant.core.format.ElementType;
import dvdquant.models.wan.WanBlockRun.Operation;
import dvdquant.models.wan.WanBlockRun.Quantization;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanTransformer;
import dvdquant.models.weights.PackedLayer;
import dvdquant.tensor.Int8Rows;
import dvdquant.tensor.Int8Weights;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The products of a block's ten linears: by libtorch in BF16, by us in BF16, and by us in int8, scaled, with the bias, to BF16.
 * Integer results are compared with a plain loop before anything is timed.
 *
 * @param layers each shape once
 * @param othersShare the part of the machine that other programs took meanwhile, 0 to 1
 */
public record GemmBenchmark(List<Layer> layers, double othersShare) {
    private static final int WARM_UPS = 3;
    private static final int RUNS = 7;

    /**
     * One shape.
     *
     * @param count how many of the ten linears have it
     * @param int8 weights already expanded
     * @param quantize rotation and quantization of the input, which layers share
     * @param expand 4-bit codes to packed int8; once a layer, when it is loaded
     */
    public record Layer(int count, Timing libtorch, Timing bf16, Timing int8, Timing quantize, Timing expand) {
        /** How many times as fast the int8 linear is as libtorch's product; by medians. */
        public double ratio() {
            return libtorch.medianMillis() / int8.medianMillis();
        }
    }

    private record Size(String name, int count, long tokens, long in, long out) {}

    /** Measures. */
    public static GemmBenchmark run(WanConfig config, int tokens, Quantization quantization, long seed,
            Kernels kernels) {
        long width = config.width();
        long wide = config.feedForward();
        List<Size> sizes = List.of(new Size("attn1.*, attn2.to_q, to_out.0", 6, tokens, width, width),
                new Size("attn2.to_k, to_v", 2, WanTransformer.TEXT_TOKENS, width, width),
                new Size("ffn.net.0.proj", 1, tokens, width, wide), new Size("ffn.net.2", 1, tokens, wide, width));
        CpuUse start = CpuUse.now();
        List<Layer> layers = sizes.stream().map(size -> measure(size, quantization, seed, kernels)).toList();
        return new GemmBenchmark(layers, CpuUse.now().othersSince(start));
    }

    private static Layer measure(Size size, Quantization quantization, long seed, Kernels kernels) {
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.randn(seed, size.tokens, size.in).to(ElementType.BF16);
            Tensor weight = Tensor.randn(seed + 1, size.out, size.in).multiply(0.02).to(ElementType.BF16);
            Tensor bias = Tensor.randn(seed + 2, size.out).multiply(0.02).to(ElementType.BF16);
            PackedLayer packed = PackedLayer.of(weight, bias, quantization.weights());
            Tensor values = Tensor.empty(ElementType.I8, size.out, size.in);
            packed.expand(values.segment());
            try (Int8Weights int8 = kernels.int8Weights(values.segment(), packed.scales(), packed.bias())) {
                Runnable quantize = () -> kernels.quantize(x, quantization.weights().rotation(),
                        quantization.activations());
                Int8Rows rows = kernels.quantize(x, quantization.weights().rotation(), quantization.activations());
                ExactProduct.require(kernels.linear(rows, int8, ElementType.BF16), rows, values, packed);
                return new Layer(size.count, product(size, "libtorch", () -> x.matmul(weight.transpose(0, 1))),
                        product(size, "bf16", () -> kernels.linear(x, weight, bias)),
                        product(size, "int8", () -> kernels.linear(rows, int8, ElementType.BF16)),
                        timing(size.tokens + " × " + size.in, size.name, 0, quantize),
                        timing(size.in + " × " + size.out, size.name, 0, () -> packed.load(kernels).close()));
            }
        }
    }

    private static Timing product(Size size, String by, Runnable run) {
        return timing(size.tokens + " × " + size.in + " × " + size.out, size.name + ", " + by,
                2.0 * size.tokens * size.in * size.out, run);
    }

    private static Timing timing(String shape, String name, double flops, Runnable run) {
        Operation operation = Operation.scoped(name, shape, flops, run);
        Timing.warmUpForASecond(operation, WARM_UPS);
        return Timing.of(operation, 0, RUNS);
    }

    /** @throws BusyMachineException if others used the machine, so that the figures say nothing */
    public void requireQuiet() {
        QuietMachine.require(othersShare, List.of());
    }

    /** Of all ten linears, by the medians. */
    public double millis(ToDoubleFunction<Layer> of) {
        return layers.stream().mapToDouble(layer -> layer.count * of.applyAsDouble(layer)).sum();
    }

    /** How many times as fast the ten int8 linears are as libtorch's products. */
    public double ratio() {
        return millis(layer -> layer.libtorch.medianMillis()) / millis(layer -> layer.int8.medianMillis());
    }
}
