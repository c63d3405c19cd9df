package dvdquant.app.cli;

import dvdquant.app.bench.GemmBenchmark;
import dvdquant.app.bench.Timing;
import dvdquant.tensor.cpu.CpuKernels;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;

/** The linears of a block, in int8 and in BF16. */
@Command(name = "gemm", description = "Time the products of a block's ten linears: int8 with scales and bias, ours in bf16, and libtorch's matmul in bf16; beside them what quantizing the input and expanding the weights costs. Integer results are checked first. Refuses to report on a busy machine.")
public final class BenchGemmCommand implements Callable<Integer> {
    private static final int USUAL_BITS = 4;

    @Mixin
    private BenchShapeOptions shape;

    @Mixin
    private QuantizationOptions quantization;

    @Mixin
    private BenchOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        int tokens = shape.tokens();
        int bits = quantization.weights == null ? USUAL_BITS : quantization.weights;
        var wanted = quantization.of(bits);
        options.setThreads();
        GemmBenchmark result;
        try (var kernels = new CpuKernels()) {
            result = GemmBenchmark.run(shape.config(), tokens, wanted, shape.seed, kernels);
        }
        result.requireQuiet();
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, "%s, %d tokens, W%dA%d; int8 results are those of plain integer loops, bit for bit%n%n",
                shape.like, tokens, bits, wanted.activations().range().bits());
        out.printf(Locale.ROOT, "%-30s %-19s %s%n", "median ms (best to worst)", "tokens × in × out",
                "  libtorch bf16            ours bf16                ours int8              ratio  input        weights");
        result.layers().forEach(layer -> row(out, layer));
        out.printf(Locale.ROOT,
                "%nall ten: libtorch bf16 %.1f ms, ours bf16 %.1f, int8 %.1f = %.2f times as fast as libtorch%n",
                result.millis(layer -> layer.libtorch().medianMillis()),
                result.millis(layer -> layer.bf16().medianMillis()),
                result.millis(layer -> layer.int8().medianMillis()), result.ratio());
        out.printf(Locale.ROOT, "input: rotation and quantization, once an input; weights: expansion and packing, "
                + "once when a layer is loaded%nother programs took %.1f %% of the machine meanwhile%n",
                100 * result.othersShare());
        options.write(options.manifest(spec).put("like", shape.like.toString()).put("tokens", tokens)
                .put("weight_bits", bits).put("activation_bits", wanted.activations().range().bits())
                .put("layers", result.layers()).put("ratio", result.ratio())
                .put("others_share_of_cpu", result.othersShare()));
        return 0;
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
