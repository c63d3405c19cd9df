package dvdquant.app.cli;

import dvdquant.app.bench.BlockBenchmark;
import dvdquant.app.bench.Timing;
import dvdquant.core.InputException;
import dvdquant.models.wan.WanTransformer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;

/** A block of the transformer beside libtorch's products, and a quantized one beside it. */
@Command(name = "block", description = "Time one transformer block of real shapes with random weights, as a ratio to what libtorch's matmul makes of its linears; with --weights a quantized block too, beside ours in full precision and beside libtorch's. On a CPU refuses to report on a busy machine.")
public final class BenchBlockCommand implements Callable<Integer> {
    @Mixin
    private BenchShapeOptions shape;

    @Option(names = "--dtype", paramLabel = "bf16|f32", defaultValue = "bf16", description = "Compute type (default: bf16).")
    private ModelOptions.Dtype dtype;

    @Mixin
    private QuantizationOptions quantization;

    @Mixin
    private DeviceOptions device;

    @Mixin
    private BenchOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (quantization.weights == null && quantization.activations != null) {
            throw new InputException("--activations " + quantization.activations + ", expected --weights with it");
        }
        if (quantization.weights == null) device.requireNoOffload("a block in full precision");
        var wanted = new BlockBenchmark.Shape(shape.config(), dtype.type, shape.input.tokens(),
                Optional.ofNullable(quantization.weights).map(quantization::of));
        options.setThreads();
        BlockBenchmark result;
        String on;
        try (var kernels = device.kernels().get()) {
            on = kernels.describe();
            result = BlockBenchmark.run(wanted, shape.input.seed, kernels);
        }
        if (device.isCpu()) result.requireQuiet();
        print(result, on, spec.commandLine().getOut());
        Manifest manifest = options.manifest(spec).put("like", shape.like.toString()).put("dtype", dtype.type.name())
                .put("device", on).put("tokens", shape.input.tokens()).put("text_tokens", WanTransformer.TEXT_TOKENS)
                .put("linears", result.linears()).put("kernels", result.kernels()).put("block", result.block())
                .put("linear_gflops_a_second", result.linearRate()).put("block_gflops_a_second", result.blockRate())
                .put("ratio", result.ratio());
        result.quantized().ifPresent(quantized -> manifest.put("quantized_block", quantized.block())
                .put("libtorch_blocks", quantized.libtorch()).put("speedup", result.speedup().orElseThrow())
                .put("speedup_over_libtorch", result.speedupOverLibtorch().orElseThrow()));
        options.write(manifest.put("others_share_of_cpu", result.othersShare()));
        return 0;
    }

    private void print(BlockBenchmark result, String on, PrintWriter out) {
        out.printf(Locale.ROOT, "%s, %d tokens, %d of text, %s%s%n%n", shape.like, shape.input.tokens(),
                WanTransformer.TEXT_TOKENS, dtype.type.name().toLowerCase(Locale.ROOT),
                device.isCpu() ? "" : ", " + on);
        out.printf(Locale.ROOT, "%-20s %-24s %9s %9s%n", "libtorch's matmul", "tokens × in × out", "best ms",
                "GFLOP/s");
        result.linears().forEach(timing -> row(out, timing));
        out.printf(Locale.ROOT, "%-45s %9s %9.0f  = R%n%n", "all linears", millis(result.linearMillis()),
                result.linearRate());
        out.printf(Locale.ROOT, "%-20s %-24s %9s %9s%n", "our kernels, alone", "", "best ms", "GFLOP/s");
        result.kernels().forEach(timing -> row(out, timing));
        out.println();
        whole(out, "block", result.block());
        out.printf(Locale.ROOT, "  = %.1f %% of R%n", 100 * result.ratio());
        result.quantized().ifPresent(quantized -> {
            whole(out, "W" + quantization.weights + "A"
                    + quantization.activations().range().bits() + " block", quantized.block());
            quantized.libtorch().forEach(timing -> whole(out, timing.name(), timing));
            out.printf(Locale.ROOT, "  = %.2f times as fast as our %s block, %.2f times as fast as libtorch's%n",
                    result.speedup().orElseThrow(), dtype.type.name().toLowerCase(Locale.ROOT),
                    result.speedupOverLibtorch().orElseThrow());
        });
        if (device.isCpu()) {
            out.printf(Locale.ROOT, "other programs took %.1f %% of the machine meanwhile%n",
                    100 * result.othersShare());
        }
    }

    /** A GPU's kernels take less than a millisecond. */
    private static String millis(double millis) {
        return String.format(Locale.ROOT, millis < 10 ? "%.2f" : "%.1f", millis);
    }

    private static void whole(PrintWriter out, String name, Timing timing) {
        out.printf(Locale.ROOT, "%s: median %.1f ms (%.1f to %.1f), %s%n", name, timing.medianMillis(),
                timing.bestMillis(), timing.worstMillis(), BenchOptions.rate(timing.medianRate()));
    }

    private static void row(PrintWriter out, Timing timing) {
        String rate = timing.flops() == 0 ? "" : String.format(Locale.ROOT, "%.0f", timing.bestRate());
        out.printf(Locale.ROOT, "%-20s %-24s %9s %9s%n", timing.name(), timing.shape(),
                millis(timing.bestMillis()), rate);
    }
}
