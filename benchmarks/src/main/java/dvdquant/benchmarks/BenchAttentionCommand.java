package dvdquant.benchmarks;

import dvdquant.app.bench.BenchOptions;
import dvdquant.app.options.DeviceOptions;
import dvdquant.app.options.ModelOptions;
import dvdquant.app.text.Manifest;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.measure.Peak;
import dvdquant.measure.Peak.Precision;
import dvdquant.measure.Timing;
import dvdquant.tensor.natives.NativeThreads;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Attention beside libtorch's. */
@Command(name = "attention", description = "Time our attention beside libtorch's scaled_dot_product_attention, over the tokens themselves and over the text; on a GPU the results are compared with float64's too (exit code 1 if they are too far off). On a CPU refuses to report where other programs use its cores, unless with --busy-ok.")
public final class BenchAttentionCommand implements Callable<Integer> {
    private static final String SHAPE = "tokens x keys x heads[x head size], such as 32760x512x40x128";
    private static final int HEAD_SIZE = 128;
    /** Relative errors that are fine. */
    private static final double EXACT_BOUND = 0.01;
    private static final double INT8_BOUND = 0.03;

    @Mixin
    private BenchSizeOptions size;

    @Option(names = "--dtype", paramLabel = "bf16|f32", defaultValue = "bf16", description = "What ours computes in (default: bf16).")
    private ModelOptions.Dtype dtype;

    @Mixin
    private DeviceOptions device;

    @Mixin
    private BenchOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        List<AttentionSize> sizes = sizes();
        device.requireNoOffload("attention, which has no weights");
        boolean int8 = spec.commandLine().getParseResult().matchedOptionValue("--attention",
                AttentionMode.EXACT) == AttentionMode.INT8;
        options.begin(device.isCpu());
        try (var opened = device.open(NativeThreads.count())) {
            var mode = new AttentionBenchmark.Mode(dtype.type, int8);
            var result = AttentionBenchmark.run(sizes, mode, size.input.seed, opened);
            if (device.isCpu()) options.requireQuiet(result, spec.commandLine().getOut());
            double bound = int8 ? INT8_BOUND : EXACT_BOUND;
            print(result, opened.describe(), bound, int8 ? Precision.INT8 : Precision.BF16);
            Manifest manifest = size.describe(options.manifest(spec)).put("dtype", dtype.type.name())
                    .put("device", opened.describe()).put("attentions", result.attentions())
                    .put("norms_included", int8).put("peak", result.peak());
            options.write(BenchOptions.putOthers(manifest, result));
            return result.attentions().stream().allMatch(pair -> pair.error().orElse(0) <= bound) ? 0 : 1;
        }
    }

    private List<AttentionSize> sizes() {
        List<long[]> given = size.given(3, 4, SHAPE);
        if (given.isEmpty()) return AttentionSize.ofBlock(size.config(), size.input.tokens());
        return given.stream().map(n -> new AttentionSize("attention", n[0], n[1], (int) n[2],
                n.length == 4 ? (int) n[3] : HEAD_SIZE)).toList();
    }

    private void print(AttentionBenchmark result, String on, double bound, Precision precision) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, "%s, ours in %s%s%n", size.subject(), dtype.type, device.isCpu() ? "" : " on " + on);
        for (AttentionBenchmark.Pair pair : result.attentions()) {
            row(out, pair.ours(), result.peak(), precision);
            pair.libtorch().forEach(timing -> row(out, timing, result.peak(), Precision.BF16));
            out.printf(Locale.ROOT, "  = %.2f times as fast as libtorch's%n", pair.ratio());
            pair.error().ifPresent(error -> out.printf(Locale.ROOT, "  relative error %.4f to float64's, %s %.2f%n",
                    error, error <= bound ? "within" : "ABOVE", bound));
        }
        if (device.isCpu()) {
            BenchOptions.printOthers(result, out);
        }
    }

    private static void row(PrintWriter out, Timing timing, Optional<Peak> peak, Precision precision) {
        out.printf(Locale.ROOT, "%-38s %-24s median %.2f ms (%.2f to %.2f), %s%n", timing.name(), timing.shape(),
                timing.medianMillis(), timing.bestMillis(), timing.worstMillis(),
                BenchOptions.rate(timing, peak, precision));
    }
}
