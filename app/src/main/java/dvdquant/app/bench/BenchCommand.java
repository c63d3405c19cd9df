package dvdquant.app.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** The benchmarks. */
@Command(name = "bench", description = "Measure this machine: kernels, whole forwards and loading, on random weights of real shapes.", subcommands = {
        BenchGemmCommand.class, BenchAttentionCommand.class, BenchBlockCommand.class, BenchStepCommand.class,
        BenchEncodeCommand.class, BenchLoadCommand.class,
        MakeCheckpointCommand.class}, synopsisSubcommandLabel = "BENCHMARK")
public final class BenchCommand implements Callable<Integer> {
    private static final int BAD_INPUT = 2;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return BAD_INPUT;
    }
}
