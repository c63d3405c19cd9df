package dvdquant.app.bench;

import dvdquant.app.options.DeviceOptions;
import dvdquant.app.text.Manifest;
import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.format.ElementType;
import dvdquant.measure.Peak.Precision;
import dvdquant.measure.Timing;
import dvdquant.measure.step.CachedSteps;
import dvdquant.measure.step.StepBenchmark;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.tensor.natives.NativeThreads;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A step of sampling. */
@Command(name = "step", description = "Time whole forwards of a model's transformer, without guidance, on random latents. On a CPU refuses to report where other programs use its cores, unless with --busy-ok.")
public final class BenchStepCommand implements Callable<Integer> {
    private static final int PIXELS = 16;
    private static final int FRAMES = 4;
    private static final Pattern CACHED = Pattern.compile("(\\d{1,4})/(\\d{1,4})");

    @Mixin
    private BenchModelOptions model;

    @Option(names = "--frames", paramLabel = "N", defaultValue = "17", description = "Frames of the clip (default: 17).")
    private int frames;

    @Option(names = "--height", paramLabel = "N", defaultValue = "256", description = "Its height in pixels (default: 256).")
    private int height;

    @Option(names = "--width", paramLabel = "N", defaultValue = "256", description = "Its width in pixels (default: 256).")
    private int width;

    @Option(names = "--first-frame", description = "As if the clip's first frame were given, of a model whose tokens have times of their own (Wan2.2 TI2V-5B).")
    private boolean firstFrame;

    @Option(names = "--activations", paramLabel = "4|8", description = "Bits of a quantized model's activations (default: 8).")
    private Integer activations;

    @Option(names = "--teacache", paramLabel = "COMPUTED/STEPS", description = "Time a sampling of STEPS forwards too, of which COMPUTED go through the blocks, evenly spread, and the others reuse what these added: 25/50, say. Random weights would skip at random.")
    private String cached;

    @Mixin
    private DeviceOptions device;

    @Mixin
    private BenchOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Path transformer = model.component(DiffusionModel.TRANSFORMER);
        ElementType type = model.type();
        var quantization = new QuantizationOptions();
        quantization.activations = activations;
        requireSize();
        boolean quantized = QuantizedFormat.of(transformer).isPresent();
        if (activations != null && !quantized) {
            throw new InputException("--activations " + activations + ": " + transformer
                    + " is in full precision, expected a quantized model (dvdquant quantize makes one)");
        }
        var plan = new StepBenchmark.Plan(type, quantization.activations(),
                new ClipSize(frames, height, width), firstFrame, model.runs(),
                Optional.ofNullable(cached).map(BenchStepCommand::steps));
        options.requireOutside(model.folder);
        options.begin(device.isCpu());
        StepBenchmark result;
        String on;
        try (var opened = device.open(NativeThreads.count())) {
            on = opened.describe();
            result = StepBenchmark.run(transformer, plan, opened);
        }
        if (device.isCpu()) options.requireQuiet(result, spec.commandLine().getOut());
        print(result, type + (quantized ? ", " + quantization.activations().range().bits() + "-bit activations" : "")
                + (device.isCpu() ? "" : " on " + on), quantized ? Precision.INT8 : Precision.BF16);
        Manifest manifest = options.manifest(spec).put("model", model.folder.toString()).put("dtype", type.name())
                .put("device", on).put("tokens", result.tokens()).put("first_frame", firstFrame)
                .put("quantized", quantized)
                .put("forward", result.forward()).put("libtorch_blocks", result.libtorch())
                .put("over_libtorch", result.overLibtorch()).put("peak", result.peak())
                .put("cached_steps", plan.cached()).put("cached", result.cached())
                .put("load_seconds", result.loadSeconds()).put("peak_resident_bytes", result.peakBytes())
                .put("device_bytes", result.deviceBytes());
        options.write(BenchOptions.putOthers(manifest, result));
        return 0;
    }

    private void print(StepBenchmark result, String computed, Precision precision) {
        PrintWriter out = spec.commandLine().getOut();
        Timing forward = result.forward();
        out.printf(Locale.ROOT,
                "%d frames of %dx%d, %d tokens, computed in %s; two forwards gave the same finite numbers%n"
                        + "forward: median %.2f s (%.2f to %.2f), %s; loading took %.1f s, peak memory (VmHWM) %s%n",
                frames, height, width, result.tokens(), computed, forward.medianMillis() / 1e3,
                forward.bestMillis() / 1e3, forward.worstMillis() / 1e3,
                BenchOptions.rate(forward, result.peak(), precision), result.loadSeconds(),
                MemoryPlan.gib(result.peakBytes()));
        result.libtorch().forEach(blocks -> out.printf(Locale.ROOT, "libtorch's %s: median %.1f ms (%.1f to %.1f)%n",
                blocks.kind(), blocks.libtorch().medianMillis(), blocks.libtorch().bestMillis(),
                blocks.libtorch().worstMillis()));
        result.overLibtorch().ifPresent(times -> out.printf(Locale.ROOT,
                "all blocks by libtorch: %.2f s; the forward is %.2f times as fast%n", result.libtorchMillis() / 1e3,
                times));
        result.cached().ifPresent(timing -> {
            double full = steps(cached).steps() * forward.medianMillis();
            out.printf(Locale.ROOT, "%s: %.2f s, %.2f times as fast as all computed (%.2f s by the median)%s%n",
                    timing.name(), timing.medianMillis() / 1e3, full / timing.medianMillis(), full / 1e3,
                    result.overLibtorch().map(times -> String.format(Locale.ROOT, ", %.2f times as libtorch's blocks",
                            times * full / timing.medianMillis())).orElse(""));
        });
        result.deviceBytes().ifPresent(bytes -> out.println("loading took " + MemoryPlan.gib(bytes)
                + " of the GPU's memory"));
        if (device.isCpu()) {
            BenchOptions.printOthers(result, out);
        }
    }

    private static CachedSteps steps(String text) {
        Matcher parts = CACHED.matcher(text);
        int computed = parts.matches() ? Integer.parseInt(parts.group(1)) : 0;
        int all = parts.matches() ? Integer.parseInt(parts.group(2)) : 0;
        if (computed < 1 || computed > all) {
            throw new InputException("--teacache " + text + ", expected computed and all steps, such as 25/50");
        }
        return new CachedSteps(all, computed);
    }

    private void requireSize() {
        if (frames < 1 || frames % FRAMES != 1) {
            throw new InputException("--frames " + frames + ", expected a multiple of " + FRAMES + " plus 1");
        }
        requireMultiple("--height", height);
        requireMultiple("--width", width);
    }

    private static void requireMultiple(String flag, int value) {
        if (value < PIXELS || value % PIXELS != 0) {
            throw new InputException(flag + " " + value + ", expected a multiple of " + PIXELS);
        }
    }
}
