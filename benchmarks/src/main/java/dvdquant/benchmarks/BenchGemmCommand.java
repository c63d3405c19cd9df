package dvdquant.benchmarks;

import dvdquant.app.bench.BenchOptions;
import dvdquant.app.bench.QuantizationOptions;
import dvdquant.app.options.DeviceOptions;
import dvdquant.app.text.Manifest;
import dvdquant.core.InputException;
import dvdquant.core.io.StagedPath;
import dvdquant.measure.Timing;
import dvdquant.measure.WanBlockRun.Quantization;
import dvdquant.tensor.natives.NativeThreads;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** The linears of a block, in int8 and in BF16. */
@Command(name = "gemm", description = "Time the products of a block's ten linears: int8 with scales and bias, ours in bf16, and libtorch's matmul in bf16 (on a GPU in fp8 and int8 too); beside them what quantizing the input and expanding the weights costs. Integer results are checked first. On a CPU refuses to report where other programs use its cores, unless with --busy-ok.")
public final class BenchGemmCommand implements Callable<Integer> {
    private static final int USUAL_BITS = 4;
    private static final String SHAPE = "tokens x in x out, such as 4096x1536x8960: in a multiple of 128, out of 16";

    @Mixin
    private BenchSizeOptions size;

    @Mixin
    private QuantizationOptions quantization;

    @Mixin
    private DeviceOptions device;

    @Option(names = "--roofline", paramLabel = "FILE.svg", description = "On a GPU: draw what was measured beside what the chip allows.")
    private Path roofline;

    @Mixin
    private BenchOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        int bits = quantization.weights == null ? USUAL_BITS : quantization.weights;
        Quantization wanted = quantization.of(bits);
        List<ProductSize> sizes = sizes();
        device.requireNoOffload("a product by itself");
        if (roofline != null && device.isCpu()) throw new InputException("--roofline: expected --device cuda with it");
        if (roofline != null) StagedPath.check(roofline);
        options.begin(device.isCpu());
        try (var opened = device.open(NativeThreads.count())) {
            if (device.isCpu()) {
                onCpu(GemmBenchmark.run(sizes, wanted, size.input.seed, opened), bits, wanted);
            } else {
                onGpu(GpuGemmBenchmark.run(sizes, wanted, size.input.seed, opened), opened.describe(),
                        bits,
                        wanted);
            }
        }
        return 0;
    }

    private List<ProductSize> sizes() {
        List<long[]> given = size.given(3, 3, SHAPE);
        if (given.isEmpty()) return ProductSize.ofBlock(size.config(), size.input.tokens());
        return given.stream().map(numbers -> {
            ProductSize product = ProductSize.of(numbers[0], numbers[1], numbers[2]);
            if (product.in() % 128 != 0 || product.out() % 16 != 0) {
                throw BenchSizeOptions.malformed(product.shape(), SHAPE);
            }
            return product;
        }).toList();
    }

    private void onCpu(GemmBenchmark result, int bits, Quantization wanted) {
        options.requireQuiet(result, spec.commandLine().getOut());
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, "%s, W%dA%d; int8 results are those of plain integer loops, bit for bit%n%n",
                size.subject(), bits, wanted.activations().range().bits());
        out.printf(Locale.ROOT, "%-30s %-19s %s%n", "median ms (best to worst)", "tokens × in × out",
                "  libtorch bf16            ours bf16                ours int8              ratio  input        weights");
        result.layers().forEach(layer -> row(out, layer));
        out.printf(Locale.ROOT,
                "%nall: libtorch bf16 %.1f ms, ours bf16 %.1f, int8 %.1f = %.2f times as fast as libtorch%n",
                result.millis(layer -> layer.libtorch().medianMillis()),
                result.millis(layer -> layer.bf16().medianMillis()),
                result.millis(layer -> layer.int8().medianMillis()), result.ratio());
        out.printf(Locale.ROOT, "input: rotation and quantization, once an input; weights: expansion and packing, "
                + "once when a layer is loaded%n");
        BenchOptions.printOthers(result, out);
        Manifest manifest = size.describe(options.manifest(spec)).put("weight_bits", bits)
                .put("activation_bits", wanted.activations().range().bits())
                .put("layers", result.layers()).put("ratio", result.ratio());
        options.write(BenchOptions.putOthers(manifest, result));
    }

    private void onGpu(GpuGemmBenchmark result, String gpu, int bits, Quantization wanted) {
        PrintWriter out = spec.commandLine().getOut();
        int activationBits = wanted.activations().range().bits();
        out.printf(Locale.ROOT, "%s, %s, W%dA%d; int8 results are those of plain integer loops, bit for bit%n%n",
                result.chip(),
                size.subject(), bits, activationBits);
        GpuGemmTable.print(result, out);
        options.write(size.describe(options.manifest(spec)).put("device", gpu).put("weight_bits", bits)
                .put("activation_bits", activationBits).put("copy_gb_a_second", result.copyRate())
                .put("peak_tops", result.peak()).put("products", GpuGemmTable.json(result)));
        if (roofline != null) RooflinePicture.write(result.roofline(), roofline);
    }

    private static void row(PrintWriter out, GemmBenchmark.Layer layer) {
        String name = layer.libtorch().name().replace(", libtorch", "");
        out.printf(Locale.ROOT, "%d × %-26s %-19s %s %s %s %6.2f %8.1f %10.1f%n", layer.count(), name,
                layer.libtorch().shape(), text(layer.libtorch()), text(layer.bf16()), text(layer.int8()),
                layer.ratio(), layer.quantize().medianMillis(), layer.expand().medianMillis());
    }

    private static String text(Timing timing) {
        return String.format(Locale.ROOT, "%7.1f (%.1f to %.1f)", timing.medianMillis(), timing.bestMillis(),
                timing.worstMillis());
    }
}
