package dvdquant.app.bench;

import dvdquant.app.options.DeviceOptions;
import dvdquant.app.options.ModelOptions;
import dvdquant.core.InputException;
import dvdquant.measure.Peak.Precision;
import dvdquant.measure.Timing;
import dvdquant.measure.block.BlockBenchmark;
import dvdquant.measure.block.BlockKind;
import dvdquant.measure.block.Quantization;
import dvdquant.tensor.natives.NativeThreads;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/** A block of the transformer beside libtorch's products, and a quantized one beside it. */
@Command(name = "block", description = "Time one transformer block of real shapes with random weights, as a ratio to what libtorch's matmul makes of its linears and to the block that libtorch gives by itself; with --weights a quantized block too, beside both. Results are compared with libtorch's before anything is timed. On a CPU refuses to report where other programs use its cores, unless with --busy-ok.")
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
        int tokens = shape.input.tokens();
        Optional<Quantization> quantized = Optional.ofNullable(quantization.weights).map(quantization::of);
        options.begin(device.isCpu());
        var blocks = new ArrayList<Map<String, Object>>();
        PrintWriter out = spec.commandLine().getOut();
        try (var opened = device.open(NativeThreads.count())) {
            out.printf(Locale.ROOT, "%s, %d tokens, %s%s%n", shape.like, tokens, type(),
                    device.isCpu() ? "" : ", " + opened.describe());
            for (BlockKind<?> kind : BlockKind.of(shape.like.transformer())) {
                var wanted = new BlockBenchmark.Shape(kind, dtype.type, tokens, quantized);
                BlockBenchmark result = BlockBenchmark.run(wanted, shape.input.seed, opened);
                if (device.isCpu()) options.requireQuiet(result, out);
                print(kind, result, out);
                blocks.add(json(kind, result));
            }
            options.write(options.manifest(spec).put("like", shape.like.toString()).put("dtype", dtype.type.name())
                    .put("device", opened.describe()).put("tokens", tokens).put("blocks", blocks));
        }
        return 0;
    }

    private static Map<String, Object> json(BlockKind<?> kind, BlockBenchmark result) {
        var json = new LinkedHashMap<String, Object>();
        json.put("kind", kind.name());
        json.put("count", kind.count());
        json.put("text_tokens", kind.textTokens());
        json.put("image_tokens", kind.imageTokens());
        json.put("linears", result.linears());
        json.put("kernels", result.kernels());
        json.put("block", result.block());
        json.put("libtorch_blocks", result.libtorch());
        json.put("errors", result.errors());
        json.put("peak", result.peak());
        json.put("linear_gflops_a_second", result.linearRate());
        json.put("block_gflops_a_second", result.blockRate());
        json.put("ratio", result.ratio());
        json.put("over_libtorch", result.overLibtorch(result.block()));
        if (!result.quantized().isEmpty()) {
            Timing fastest = result.quantized().getFirst();
            json.put("quantized_blocks", result.quantized());
            json.put("speedup", result.speedup(fastest));
            json.put("speedup_over_libtorch", result.overLibtorch(fastest));
        }
        json.put("others_share_of_cpu", result.othersShare());
        json.put("busy", result.disturbance());
        return json;
    }

    private void print(BlockKind<?> kind, BlockBenchmark result, PrintWriter out) {
        out.printf(Locale.ROOT, "%n%s, one of %d, beside %d tokens of text%s%n", kind.name(), kind.count(),
                kind.textTokens(), kind.imageTokens() == 0 ? "" : " and " + kind.imageTokens() + " of pictures");
        out.printf(Locale.ROOT, "relative error to what libtorch's block adds to its input: %.4f%s%n%n",
                result.errors().block(), result.errors().quantized().isEmpty()
                        ? ""
                        : String.format(Locale.ROOT, ", %s %.4f", label(), result.errors().quantized().getAsDouble()));
        head(out, "libtorch's matmul", "tokens × in × out");
        result.linears().forEach(timing -> row(out, timing));
        out.printf(Locale.ROOT, "%-45s %9.0f  = R, by the best of each, %s ms%n%n", "all linears", result.linearRate(),
                millis(result.linearMillis()));
        head(out, "our kernels, alone", "");
        result.kernels().forEach(timing -> row(out, timing));
        out.println();
        whole(out, "block", result.block(), result, Precision.BF16);
        out.printf(Locale.ROOT, "  = %.1f %% of R, %.2f times as fast as libtorch's%n", 100 * result.ratio(),
                result.overLibtorch(result.block()));
        for (Timing quantized : result.quantized()) {
            whole(out, label() + " " + quantized.name(), quantized, result, Precision.INT8);
            out.printf(Locale.ROOT, "  = %.2f times as fast as our %s block, %.2f times as fast as libtorch's%n",
                    result.speedup(quantized), type(), result.overLibtorch(quantized));
        }
        result.libtorch().forEach(timing -> whole(out, timing.name(), timing, result, Precision.BF16));
        if (device.isCpu()) {
            BenchOptions.printOthers(result, out);
        }
    }

    private String type() {
        return dtype.type.name().toLowerCase(Locale.ROOT);
    }

    private String label() {
        return "W" + quantization.weights + "A" + quantization.activations().range().bits();
    }

    private static void head(PrintWriter out, String name, String shape) {
        out.printf(Locale.ROOT, "%-45s %-24s %9s  %s%n", name, shape, "GFLOP/s", "median ms (best to worst)");
    }

    /** A GPU's kernels take less than a millisecond. */
    private static String millis(double millis) {
        return String.format(Locale.ROOT, millis < 10 ? "%.2f" : "%.1f", millis);
    }

    private static void whole(PrintWriter out, String name, Timing timing, BlockBenchmark result, Precision precision) {
        out.printf(Locale.ROOT, "%s: median %.1f ms (%.1f to %.1f), %s%n", name, timing.medianMillis(),
                timing.bestMillis(), timing.worstMillis(), BenchOptions.rate(timing, result.peak(), precision));
    }

    private static void row(PrintWriter out, Timing timing) {
        String rate = timing.flops() == 0 ? "" : String.format(Locale.ROOT, "%.0f", timing.medianRate());
        out.printf(Locale.ROOT, "%-45s %-24s %9s  %s (%s to %s)%n", timing.name(), timing.shape(), rate,
                millis(timing.medianMillis()), millis(timing.bestMillis()), millis(timing.worstMillis()));
    }
}
