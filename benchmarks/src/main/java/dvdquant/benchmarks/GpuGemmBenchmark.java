package dvdquant.benchmarks;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.cuda.driver.GpuProperties;
import dvdquant.measure.Operation;
import dvdquant.measure.PackedLayer;
import dvdquant.measure.Peak;
import dvdquant.measure.Timing;
import dvdquant.measure.WanBlockRun.Quantization;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.LibraryProducts;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Products on a GPU: ours of 8-bit integers, with scales and bias, beside libtorch's in BF16, FP8 and int8, and what else a quantized
 * layer takes. Integer results are compared with a plain loop before anything is timed.
 *
 * @param chip its name
 * @param rows a shape each
 * @param copyRate of the GPU's memory, GB/s, bytes read and written counted
 * @param peak of the chip; empty where it is not known
 */
public record GpuGemmBenchmark(String chip, List<Row> rows, double copyRate, Optional<Peak> peak) {
    private static final long COPY_BYTES = 1L << 30;
    /** The oldest compute capability with FP8, times ten. */
    private static final int FP8_SINCE = 89;

    /**
     * One shape.
     *
     * @param bf16 libtorch's product, as {@code fp8} (a scale a tensor; empty where the chip has none) and {@code int8} (no scales, to
     *        I32)
     * @param product ours, activations quantized and weights expanded
     * @param packed the same from packed weights, which are expanded for it
     * @param input rotation and quantization of the activations
     * @param layer input and packed product together
     */
    public record Row(ProductSize size, Timing bf16, Optional<Timing> fp8, Timing int8, Timing product, Timing packed,
            Timing input, Timing layer) {
        /** How many times as fast the product is as libtorch's in BF16; by medians. */
        public double overBf16() {
            return bf16.medianMillis() / product.medianMillis();
        }

        /** How many times as fast the product is as libtorch's in FP8; by medians. */
        public Optional<Double> overFp8() {
            return fp8.map(timing -> timing.medianMillis() / product.medianMillis());
        }

        /** How many times as fast the whole quantized layer is as libtorch's product in BF16; by medians. */
        public double layerOverBf16() {
            return bf16.medianMillis() / layer.medianMillis();
        }

        /** GB/s of rotation and quantization: BF16 read, a byte written. */
        public double inputRate() {
            return 3.0 * size.tokens() * size.in() / input.medianMillis() / 1e6;
        }

        /** What expanding the weights adds to the product; by medians. */
        public double expansionMillis() {
            return packed.medianMillis() - product.medianMillis();
        }

    }

    /** Measures. */
    public static GpuGemmBenchmark run(List<ProductSize> sizes, Quantization quantization, long seed,
            ComputeDevice device) {
        GpuProperties gpu = GpuProperties.of(device.device().index());
        boolean fp8 = 10 * gpu.major() + gpu.minor() >= FP8_SINCE;
        double copyRate = copyRate(device);
        List<Row> rows = sizes.stream().map(size -> measure(size, quantization, seed, fp8, device)).toList();
        return new GpuGemmBenchmark(gpu.name(), rows, copyRate, Peak.of(device));
    }

    private static double copyRate(ComputeDevice device) {
        try (var _ = TensorScope.open()) {
            Tensor from = Tensor.empty(device.device(), ElementType.U8, COPY_BYTES);
            Tensor to = Tensor.empty(device.device(), ElementType.U8, COPY_BYTES);
            Timing copy = Timing.onGpu(device, Operation.scoped("copy", "", 0, () -> to.copyFrom(from)));
            return 2 * COPY_BYTES / copy.medianMillis() / 1e6;
        }
    }

    private static Row measure(ProductSize size, Quantization quantization, long seed, boolean withFp8,
            ComputeDevice device) {
        try (var _ = TensorScope.open()) {
            Rotation rotation = quantization.weights().rotation();
            ActivationScheme scheme = quantization.activations();
            Tensor x = RandomRows.of(device.device(), seed, ElementType.BF16, size.tokens(), size.in());
            Tensor weight = Tensor.randn(seed + 1, size.out(), size.in()).multiply(0.02).to(ElementType.BF16);
            Tensor bias = Tensor.randn(seed + 2, size.out()).multiply(0.02).to(ElementType.BF16);
            PackedLayer layer = PackedLayer.of(weight, bias, quantization.weights());
            Tensor values = Tensor.empty(ElementType.I8, size.out(), size.in());
            layer.expand(values.segment());
            QuantizedRows rows = device.kernels().quantize(x, rotation, scheme);
            try (var expanded = device.weights().quantizedWeights(values.segment(), layer.scales(), layer.bias());
                    var packed = layer.load(device.weights())) {
                ExactProduct.require(device.kernels().linear(rows, expanded, ElementType.BF16), rows, values, layer);
                ExactProduct.require(device.kernels().linear(rows, packed, ElementType.BF16), rows, values, layer);
                Tensor dense = weight.to(device.device());
                Timing bf16 = product(device, size, "libtorch bf16", () -> x.matmul(dense.transpose(0, 1)));
                Optional<Timing> fp8 = withFp8 ? Optional.of(fp8(device, size, x, dense)) : Optional.empty();
                Timing int8 = int8(device, size, rows, values);
                Timing product = product(device, size, "ours",
                        () -> device.kernels().linear(rows, expanded, ElementType.BF16));
                Timing whole = product(device, size, "ours, weights packed",
                        () -> device.kernels().linear(rows, packed, ElementType.BF16));
                Timing input = Timing.onGpu(device, Operation.scoped("input", size.tokens() + " × " + size.in(), 0,
                        () -> device.kernels().quantize(x, rotation, scheme)));
                Timing together = product(device, size, "ours, whole layer", () -> device.kernels()
                        .linear(device.kernels().quantize(x, rotation, scheme), packed, ElementType.BF16));
                return new Row(size, bf16, fp8, int8, product, whole, input, together);
            }
        }
    }

    private static Timing fp8(ComputeDevice device, ProductSize size, Tensor x, Tensor weight) {
        try (var _ = TensorScope.open()) {
            Tensor a = x.to(ElementType.F8_E4M3);
            Tensor b = weight.multiply(50).to(ElementType.F8_E4M3); // 0.02 is among its subnormal numbers
            Tensor one = Tensor.ofFloats(new float[]{1}, 1).to(device.device());
            return product(device, size, "libtorch fp8", () -> LibraryProducts.float8(a, b, one, one));
        }
    }

    private static Timing int8(ComputeDevice device, ProductSize size, QuantizedRows rows, Tensor values) {
        try (var _ = TensorScope.open()) {
            Tensor b = values.to(device.device());
            return product(device, size, "libtorch int8", () -> LibraryProducts.int8(rows.codes(), b));
        }
    }

    private static Timing product(ComputeDevice device, ProductSize size, String by, Runnable run) {
        return Timing.onGpu(device, Operation.scoped(by, size.shape(), size.flops(), run));
    }

    /** The products in the picture of the chip's limits. */
    public Roofline roofline() {
        var marks = new ArrayList<Roofline.Mark>();
        for (Row row : rows) {
            marks.add(mark(Roofline.Series.BF16, row, row.bf16, 2, 2));
            row.fp8.ifPresent(fp8 -> marks.add(mark(Roofline.Series.FP8, row, fp8, 1, 2)));
            marks.add(mark(Roofline.Series.INT8, row, row.int8, 1, 4));
            marks.add(mark(Roofline.Series.OURS, row, row.product, 1, 2));
        }
        return new Roofline("Products on an " + chip + ": tokens × in × out", copyRate, peak, marks);
    }

    private static Roofline.Mark mark(Roofline.Series series, Row row, Timing timing, int read, int written) {
        return new Roofline.Mark(series, row.size.shape(), row.size.flops() / row.size.bytes(read, written),
                timing.medianRate() / 1e3);
    }

}
