package dvdquant.app.cli;

import dvdquant.app.machine.Machine;
import dvdquant.tensor.NativeThreads;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

import java.nio.file.Path;

/** What all benchmarks take. */
final class BenchOptions {
    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures here too, with machine, versions and commit.")
    Path json;

    @Option(names = "--threads", paramLabel = "N", description = "Threads to compute with (default: all cores).")
    Integer threads;

    void setThreads() {
        ThreadCount.check(threads);
        NativeThreads.setCount(threads == null ? Runtime.getRuntime().availableProcessors() : threads);
    }

    /** The head of a report. */
    Manifest manifest(CommandSpec spec) {
        Machine machine = Machine.current();
        return new Manifest().put("cpu", machine.cpu()).put("cores", machine.cores())
                .put("memory_bytes", machine.memoryBytes()).put("threads", NativeThreads.count())
                .put("arguments", String.join(" ", spec.root().commandLine().getParseResult().originalArgs()));
    }

    void write(Manifest manifest) {
        if (json != null) manifest.write(json);
    }
}
