package dvdquant.benchmarks;

import dvdquant.app.Failures;
import dvdquant.app.text.Version;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The developers' benchmarks, of single kernels and of loading; the users' are {@code dvdquant bench}. */
@Command(name = "bench", mixinStandardHelpOptions = true, versionProvider = Version.Provider.class, scope = ScopeType.INHERIT, description = "Measure kernels, loading and the loops of quantizing, on random numbers of real shapes.", subcommands = {
        BenchGemmCommand.class, BenchAttentionCommand.class, BenchEncodeCommand.class, BenchLoadCommand.class,
        BenchLoopsCommand.class}, synopsisSubcommandLabel = "BENCHMARK")
public final class Bench {
    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Print the stack traces of errors too.")
    private boolean verbose;

    private Bench() {}

    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        System.exit(run(args, new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8)));
    }

    /** Runs a command line and returns its exit code, as the program's. */
    static int run(String[] args, PrintWriter out, PrintWriter err) {
        var bench = new Bench();
        return new Failures(List.of(args), err, () -> bench.verbose).run(new CommandLine(bench), out);
    }
}
