package dvdquant.app.cli;

import dvdquant.app.bench.BlockBenchmark;
import dvdquant.app.bench.Timing;
import dvdquant.core.InputException;
import dvdquant.models.wan.WanArchitecture.Wan21;
import dvdquant.models.wan.WanTransformer;
import dvdquant.tensor.cpu.CpuKernels;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;

/** A block of the transformer beside libtorch's products. */
@Command(name = "block", description = "Time one transformer block of real shapes with random weights, as a ratio to what libtorch's matmul makes of its linears. Refuses to report on a busy machine.")
public final class BenchBlockCommand implements Callable<Integer> {
    @Option(names = "--like", paramLabel = "MODEL", required = true, converter = LikeConverter.class, completionCandidates = LikeConverter.Names.class, description = "Whose shapes: ${COMPLETION-CANDIDATES}.")
    private Wan21 like;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "4096", description = "Tokens of the video (default: 4096; 81 frames of 480x832 are 32760).")
    private int tokens;

    @Option(names = "--dtype", paramLabel = "bf16|f32", defaultValue = "bf16", description = "Compute type (default: bf16).")
    private ModelOptions.Dtype dtype;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of weights and input (default: 0).")
    private long seed;

    @Mixin
    private BenchOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (tokens < 1) throw new InputException("--tokens " + tokens + ", expected 1 or more");
        options.setThreads();
        BlockBenchmark result;
        try (var kernels = new CpuKernels()) {
            result = BlockBenchmark.run(like.architecture().transformer(), dtype.type, tokens, seed, kernels);
        }
        result.requireQuiet();
        print(result, spec.commandLine().getOut());
        options.write(options.manifest(spec).put("like", like.toString()).put("dtype", dtype.type.name())
                .put("tokens", tokens).put("text_tokens", WanTransformer.TEXT_TOKENS).put("linears", result.linears())
                .put("kernels", result.kernels()).put("block", result.block())
                .put("linear_gflops_a_second", result.linearRate()).put("block_gflops_a_second", result.blockRate())
                .put("ratio", result.ratio()).put("others_share_of_cpu", result.othersShare()));
        return 0;
    }

    private void print(BlockBenchmark result, PrintWriter out) {
        out.printf(Locale.ROOT, "%s, %d tokens, %d of text, %s%n%n", like, tokens, WanTransformer.TEXT_TOKENS,
                dtype.type.name().toLowerCase(Locale.ROOT));
        out.printf(Locale.ROOT, "%-20s %-24s %9s %9s%n", "libtorch's matmul", "tokens × in × out", "best ms",
                "GFLOP/s");
        result.linears().forEach(timing -> row(out, timing));
        out.printf(Locale.ROOT, "%-45s %9.1f %9.0f  = R%n%n", "all linears", result.linearMillis(),
                result.linearRate());
        out.printf(Locale.ROOT, "%-20s %-24s %9s %9s%n", "our kernels, alone", "", "best ms", "GFLOP/s");
        result.kernels().forEach(timing -> row(out, timing));
        out.println();
        Timing block = result.block();
        out.printf(Locale.ROOT, "block: median %.1f ms (%.1f to %.1f), %.0f GFLOP/s = %.1f %% of R%n",
                block.medianMillis(), block.bestMillis(), block.worstMillis(), result.blockRate(),
                100 * result.ratio());
        out.printf(Locale.ROOT, "other programs took %.1f %% of the machine meanwhile%n", 100 * result.othersShare());
    }

    private static void row(PrintWriter out, Timing timing) {
        String rate = timing.flops() == 0 ? "" : String.format(Locale.ROOT, "%.0f", timing.bestRate());
        out.printf(Locale.ROOT, "%-20s %-24s %9.1f %9s%n", timing.name(), timing.shape(), timing.bestMillis(), rate);
    }
}
