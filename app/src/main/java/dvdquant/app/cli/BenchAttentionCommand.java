package dvdquant.app.cli;

import dvdquant.app.bench.AttentionBenchmark;
import dvdquant.app.bench.Timing;
import dvdquant.tensor.cpu.CpuKernels;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Attention beside libtorch's. */
@Command(name = "attention", description = "Time our attention beside libtorch's scaled_dot_product_attention, over the tokens themselves and over the text. Refuses to report on a busy machine.")
public final class BenchAttentionCommand implements Callable<Integer> {
    @Mixin
    private BenchShapeOptions shape;

    @Option(names = "--dtype", paramLabel = "bf16|f32", defaultValue = "bf16", description = "What ours computes in (default: bf16).")
    private ModelOptions.Dtype dtype;

    @Mixin
    private BenchOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        int tokens = shape.tokens();
        options.setThreads();
        AttentionBenchmark result;
        try (var kernels = new CpuKernels()) {
            result = AttentionBenchmark.run(shape.config(), dtype.type, tokens, shape.seed, kernels);
        }
        result.requireQuiet();
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, "%s, ours in %s%n", shape.like, dtype.type);
        for (AttentionBenchmark.Pair pair : result.attentions()) {
            row(out, pair.ours());
            pair.libtorch().forEach(timing -> row(out, timing));
            out.printf(Locale.ROOT, "  = %.2f times as fast as libtorch's%n", pair.ratio());
        }
        out.printf(Locale.ROOT, "other programs took %.1f %% of the machine meanwhile%n", 100 * result.othersShare());
        options.write(options.manifest(spec).put("like", shape.like.toString()).put("dtype", dtype.type.name())
                .put("tokens", tokens).put("attentions", result.attentions())
                .put("others_share_of_cpu", result.othersShare()));
        return 0;
    }

    private static void row(PrintWriter out, Timing timing) {
        out.printf(Locale.ROOT, "%-32s %-24s median %.1f ms (%.1f to %.1f), %.0f GFLOP/s%n", timing.name(),
                timing.shape(), timing.medianMillis(), timing.bestMillis(), timing.worstMillis(), timing.medianRate());
    }
}
