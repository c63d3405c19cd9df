package dvdquant.app.bench;

import dvdquant.core.InputException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

/** The benchmarks. */
@Command(name = "bench", description = "Measure this machine: a block and whole forwards, on random weights of real shapes.", subcommands = {
        BenchBlockCommand.class, BenchStepCommand.class,
        MakeCheckpointCommand.class}, synopsisSubcommandLabel = "BENCHMARK")
public final class BenchCommand implements Callable<Integer> {
    private static final int BAD_INPUT = 2;
    private static final Set<String> OF_DEVELOPERS = Set.of("gemm", "attention", "encode", "load", "loops");

    @Unmatched
    private List<String> others = new ArrayList<>();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (!others.isEmpty()) {
            String first = others.getFirst();
            throw new InputException("bench " + first + (OF_DEVELOPERS.contains(first)
                    ? ": is a benchmark for developers, expected ./bench " + first
                    : ", expected block, step or make-checkpoint"));
        }
        spec.commandLine().usage(spec.commandLine().getErr());
        return BAD_INPUT;
    }
}
