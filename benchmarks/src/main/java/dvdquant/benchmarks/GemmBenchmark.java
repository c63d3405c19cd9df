package dvdquant.benchmarks;

import dvdquant.core.format.ElementType;
import dvdquant.core.machine.CpuUse;
import dvdquant.measure.Measurement;
import dvdquant.measure.Operation;
import dvdquant.measure.PackedLayer;
import dvdquant.measure.QuietMachine;
import dvdquant.measure.Timing;
import dvdquant.measure.WanBlockRun.Quantization;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * The products of a block's ten linears: by libtorch in BF16, by us in BF16, and by us in int8, scaled, with the bias, to BF16.
 * Integer results are compared with a plain loop before anything is timed.
 *
 * @param layers each shape once
 * @param othersShare the part of the cores that other programs took meanwhile, 0 to 1
 */
public record GemmBenchmark(List<Layer> layers, double othersShare) implements Measurement {
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

    /** Measures. */
    public static GemmBenchmark run(List<ProductSize> sizes, Quantization quantization, long seed,
            ComputeDevice device) {
        CpuUse start = CpuUse.now();
        List<Layer> layers = sizes.stream().map(size -> measure(size, quantization, seed, device)).toList();
        return new GemmBenchmark(layers, CpuUse.now().othersSince(start));
    }

    private static Layer measure(ProductSize size, Quantization quantization, long seed, ComputeDevice device) {
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.randn(seed, size.tokens(), size.in()).to(ElementType.BF16);
            Tensor weight = Tensor.randn(seed + 1, size.out(), size.in()).multiply(0.02).to(ElementType.BF16);
            Tensor bias = Tensor.randn(seed + 2, size.out()).multiply(0.02).to(ElementType.BF16);
            PackedLayer packed = PackedLayer.of(weight, bias, quantization.weights());
            Tensor values = Tensor.empty(ElementType.I8, size.out(), size.in());
            packed.expand(values.segment());
            try (QuantizedWeights int8 = device.weights().quantizedWeights(values.segment(), packed.scales(),
                    packed.bias())) {
                Runnable quantize = () -> device.kernels().quantize(x, quantization.weights().rotation(),
                        quantization.activations());
                QuantizedRows rows = device.kernels().quantize(x, quantization.weights().rotation(),
                        quantization.activations());
                ExactProduct.require(device.kernels().linear(rows, int8, ElementType.BF16), rows, values, packed);
                return new Layer(size.count(),
                        product(device, size, "libtorch", () -> x.matmul(weight.transpose(0, 1))),
                        product(device, size, "bf16", () -> device.kernels().linear(x, weight, bias)),
                        product(device, size, "int8", () -> device.kernels().linear(rows, int8, ElementType.BF16)),
                        timing(device, size.tokens() + " × " + size.in(), size.name(), 0, quantize),
                        timing(device, size.in() + " × " + size.out(), size.name(), 0,
                                () -> packed.load(device.weights()).close()));
            }
        }
    }

    private static Timing product(ComputeDevice device, ProductSize size, String by, Runnable run) {
        return timing(device, size.shape(), size.name() + ", " + by,
                size.flops(), run);
    }

    private static Timing timing(ComputeDevice device, String shape, String name, double flops, Runnable run) {
        Operation operation = Operation.scoped(name, shape, flops, run);
        Timing.warmUpForASecond(device, operation, WARM_UPS);
        return Timing.of(device, operation, 0, RUNS);
    }

    @Override
    public Optional<String> disturbance() {
        return QuietMachine.disturbance(othersShare, List.of());
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
