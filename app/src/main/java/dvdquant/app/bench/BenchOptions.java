package dvdquant.app.bench;

import dvdquant.app.options.FilePairs;
import dvdquant.app.options.ThreadOptions;
import dvdquant.app.text.Manifest;
import dvdquant.core.InputException;
import dvdquant.core.io.StagedPath;
import dvdquant.core.machine.Machine;
import dvdquant.measure.Measurement;
import dvdquant.measure.Peak;
import dvdquant.measure.Peak.Precision;
import dvdquant.measure.QuietMachine;
import dvdquant.measure.Timing;
import dvdquant.tensor.natives.NativeThreads;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What all benchmarks take. */
public final class BenchOptions {
    private static final Duration LOOK = Duration.ofSeconds(1);

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures here too, with machine, versions and commit.")
    Path json;

    @Option(names = "--busy-ok", description = "Report though other programs use the cores or runs differ, and mark it: figures that show that it works, not how fast.")
    private boolean busyOk;

    @Mixin
    private ThreadOptions threads;

    /**
     * Before anything is measured: a machine that others use already would only be refused minutes later.
     *
     * @param onCpu whether its cores are what is measured
     * @throws BusyMachineException if it is refused
     */
    public void begin(boolean onCpu) {
        int count = threads.count(); // bad input is told first
        if (json != null) StagedPath.check(json);
        if (onCpu && !busyOk) requireIdle(QuietMachine.othersShareOf(LOOK));
        NativeThreads.setCount(count);
    }

    /** @throws InputException if the figures would go into the model that is measured */
    public void requireOutside(Path model) {
        FilePairs.requireOutside("--json", json, model);
    }

    /** @param othersShare the part of the cores that others take, 0 to 1 */
    static void requireIdle(double othersShare) {
        QuietMachine.disturbance(othersShare, List.of()).ifPresent(disturbance -> {
            throw new BusyMachineException(disturbance);
        });
    }

    /** A rate as people write it: {@code 649 GFLOP/s}, {@code 584 TFLOP/s}. */
    public static String rate(double gigaflops) {
        return gigaflops < 10_000
                ? String.format(Locale.ROOT, "%.0f GFLOP/s", gigaflops)
                : String.format(Locale.ROOT, "%.0f TFLOP/s", gigaflops / 1e3);
    }

    /** The median's rate, and of which of the chip's peaks, if they are known, it is which part. */
    public static String rate(Timing timing, Optional<Peak> peak, Precision precision) {
        return rate(timing.medianRate())
                + peak.map(most -> String.format(Locale.ROOT, ", %.0f %% of the chip's %s peak",
                        timing.medianRate() / 1e3 / most.of(precision) * 100, precision)).orElse("");
    }

    /**
     * Refuses what others spoiled, unless the user wants it all the same: then it is marked.
     *
     * @throws BusyMachineException if it is refused
     */
    public void requireQuiet(Measurement measurement, PrintWriter out) {
        measurement.disturbance().ifPresent(disturbance -> {
            if (!busyOk) throw new BusyMachineException(disturbance);
            out.println("BUSY: " + disturbance + "; these figures do not count");
        });
    }

    public static void printOthers(Measurement measurement, PrintWriter out) {
        out.printf(Locale.ROOT, "other programs took %.1f %% of the cores meanwhile%s%n",
                100 * measurement.othersShare(), measurement.disturbance().isPresent() ? " (BUSY, see above)" : "");
    }

    /** What is not null under {@code busy} spoiled the figures. */
    public static Manifest putOthers(Manifest manifest, Measurement measurement) {
        return manifest.put("others_share_of_cpu", measurement.othersShare()).put("busy", measurement.disturbance());
    }

    /** The head of a report. */
    public Manifest manifest(CommandSpec spec) {
        Machine machine = Machine.current();
        return new Manifest().put("cpu", machine.cpu()).put("cores", machine.cores())
                .put("memory_bytes", machine.memoryBytes()).put("threads", NativeThreads.count())
                .putArguments(spec.root().commandLine().getParseResult().originalArgs());
    }

    public void write(Manifest manifest) {
        if (json != null) manifest.write(json);
    }
}
