package dvdquant.app.cli;

import dvdquant.app.bench.StepBenchmark;
import dvdquant.app.bench.Timing;
import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.weights.QuantizedFormat;
import dvdquant.tensor.cpu.CpuKernels;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

/** A step of sampling. */
@Command(name = "step", description = "Time whole forwards of a model's transformer, without guidance, on random latents. Refuses to report on a busy machine.")
public final class BenchStepCommand implements Callable<Integer> {
    private static final int PIXELS = 16;
    private static final int FRAMES = 4;

    @Mixin
    private BenchModelOptions model;

    @Option(names = "--frames", paramLabel = "N", defaultValue = "17", description = "Frames of the clip (default: 17).")
    private int frames;

    @Option(names = "--height", paramLabel = "N", defaultValue = "256", description = "Its height in pixels (default: 256).")
    private int height;

    @Option(names = "--width", paramLabel = "N", defaultValue = "256", description = "Its width in pixels (default: 256).")
    private int width;

    @Option(names = "--activations", paramLabel = "4|8", description = "Bits of a quantized model's activations (default: 8).")
    private Integer activations;

    @Mixin
    private BenchOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Path transformer = model.component("transformer");
        ElementType type = model.type();
        var quantization = new QuantizationOptions();
        quantization.activations = activations;
        requireSize();
        boolean quantized = QuantizedFormat.of(transformer).isPresent();
        if (activations != null && !quantized) {
            throw new InputException("--activations " + activations + ": " + transformer
                    + " is in full precision, expected a quantized model (dvdquant quantize makes one)");
        }
        options.setThreads();
        StepBenchmark result;
        try (var kernels = new CpuKernels()) {
            result = StepBenchmark.run(transformer, type, quantization.activations(),
                    new StepBenchmark.Clip(frames, height, width), model.runs(), kernels);
        }
        result.requireQuiet();
        Timing forward = result.forward();
        String precision = type
                + (quantized ? ", " + quantization.activations().range().bits() + "-bit activations" : "");
        spec.commandLine().getOut().printf(Locale.ROOT,
                "%d frames of %dx%d, %d tokens, computed in %s%n"
                        + "forward: median %.2f s (%.2f to %.2f); loading took %.1f s, peak memory (VmHWM) %s%n"
                        + "other programs took %.1f %% of the machine meanwhile%n",
                frames, height, width, result.tokens(), precision, forward.medianMillis() / 1e3,
                forward.bestMillis() / 1e3, forward.worstMillis() / 1e3, result.loadSeconds(),
                MemoryPlan.gib(result.peakBytes()), 100 * result.othersShare());
        options.write(options.manifest(spec).put("model", model.folder.toString()).put("dtype", type.name())
                .put("tokens", result.tokens()).put("quantized", quantized).put("forward", forward)
                .put("load_seconds", result.loadSeconds()).put("peak_resident_bytes", result.peakBytes())
                .put("others_share_of_cpu", result.othersShare()));
        return 0;
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
