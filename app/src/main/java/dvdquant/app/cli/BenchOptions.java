package dvdquant.app.cli;

import dvdquant.app.bench.Peak;
import dvdquant.app.bench.Peak.Precision;
import dvdquant.app.bench.Timing;
import dvdquant.app.machine.Machine;
import dvdquant.tensor.NativeThreads;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** What all benchmarks take. */
final class BenchOptions {
    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures here too, with machine, versions and commit.")
    Path json;

    @Mixin
    private ThreadOptions threads;

    void setThreads() {
        NativeThreads.setCount(threads.count());
    }

    /** A rate as people write it: {@code 649 GFLOP/s}, {@code 584 TFLOP/s}. */
    static String rate(double gigaflops) {
        return gigaflops < 10_000
                ? String.format(Locale.ROOT, "%.0f GFLOP/s", gigaflops)
                : String.format(Locale.ROOT, "%.0f TFLOP/s", gigaflops / 1e3);
    }

    /** The median's rate, and of which of the chip's peaks, if they are known, it is which part. */
    static String rate(Timing timing, Optional<Peak> peak, Precision precision) {
        return rate(timing.medianRate())
                + peak.map(most -> String.format(Locale.ROOT, ", %.0f %% of the chip's %s peak",
                        timing.medianRate() / 1e3 / most.of(precision) * 100, precision)).orElse("");
    }

    /** The head of a report. */
    Manifest manifest(CommandSpec spec) {
        Machine machine = Machine.current();
        return new Manifest().put("cpu", machine.cpu()).put("cores", machine.cores())
                .put("memory_bytes", machine.memoryBytes()).put("threads", NativeThreads.count())
                .putArguments(spec.root().commandLine().getParseResult().originalArgs());
    }

    void write(Manifest manifest) {
        if (json != null) manifest.write(json);
    }
}
