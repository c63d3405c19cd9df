package dvdquant.benchmarks;

import dvdquant.app.bench.BenchModelOptions;
import dvdquant.app.bench.BenchOptions;
import dvdquant.app.options.ModelOptions;
import dvdquant.app.text.Manifest;
import dvdquant.core.format.ElementType;
import dvdquant.core.machine.AvailableMemory;
import dvdquant.models.pipeline.ComputeType;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.wan.WanConfig;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.cpu.CpuDevice;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Loading a transformer. */
@Command(name = "load", description = "Load a model's transformer, every weight read: time, and peak memory. Refuses to report where other programs use its cores, unless with --busy-ok.")
public final class BenchLoadCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "MODEL", description = "A model folder in the diffusers layout.")
    private Path folder;

    @Option(names = "--dtype", paramLabel = "bf16|f32", description = "Compute type (default: f32 up to a billion weights, else bf16; where the processor has no products of bf16, f32 if it fits three quarters of the memory).")
    private ModelOptions.Dtype dtype;

    @Mixin
    private BenchOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Path transformer = BenchModelOptions.component(folder, "transformer");
        options.requireOutside(folder);
        options.begin(true);
        LoadBenchmark result;
        try (var device = CpuDevice.open()) {
            result = LoadBenchmark.run(transformer, type(transformer, device), device);
        }
        PrintWriter out = spec.commandLine().getOut();
        options.requireQuiet(result, out);
        out.printf(Locale.ROOT,
                "%.2f billion weights, %.2f GB, computed in %s%n"
                        + "loaded in %.1f s, %.2f GB/s%n"
                        + "peak memory (VmHWM) %s; the weights alone as bf16 %s, so %s more%n",
                result.weights() / 1e9, result.fileBytes() / 1e9, result.type(), result.seconds(),
                result.gigabytesASecond(), MemoryPlan.gib(result.peakBytes()), MemoryPlan.gib(result.bf16Bytes()),
                MemoryPlan.gib(result.peakBytes() - result.bf16Bytes()));
        BenchOptions.printOthers(result, out);
        Manifest manifest = options.manifest(spec).put("model", folder.toString()).put("dtype", result.type().name())
                .put("weights", result.weights()).put("file_bytes", result.fileBytes())
                .put("seconds", result.seconds()).put("peak_resident_bytes", result.peakBytes())
                .put("bf16_bytes", result.bf16Bytes());
        options.write(BenchOptions.putOthers(manifest, result));
        return 0;
    }

    private ElementType type(Path transformer, ComputeDevice device) {
        long weights = WanConfig.read(transformer).layout().elements();
        Optional<ElementType> given = Optional.ofNullable(dtype).map(d -> d.type);
        return ComputeType.choose(given, weights, device.abilities(), () -> weights * Float.BYTES,
                AvailableMemory.totalBytes()).type();
    }
}
