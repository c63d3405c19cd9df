package dvdquant.spark;

import dvdquant.app.Failures;
import dvdquant.app.text.Version;
import dvdquant.spark.quantize.QuantizeCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The command line of the cluster, for {@code spark-submit}. Exit codes as of {@code dvdquant}. */
@Command(name = "dvdquant-spark", mixinStandardHelpOptions = true, versionProvider = Version.Provider.class, scope = ScopeType.INHERIT, description = "Video diffusion transformers on a Spark cluster.", subcommands = {
        QuantizeCommand.class}, synopsisSubcommandLabel = "COMMAND", exitCodeListHeading = "Exit codes:%n", exitCodeList = {
                "0:success", "2:bad input", "130:Ctrl-C", "1:anything else"})
public final class Main {
    @CommandLine.Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Print the stack traces of errors too.")
    private boolean verbose;

    private Main() {}

    public static void main(String[] args) {
        System.exit(run(args, new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8)));
    }

    /** Runs a command line and returns its exit code. */
    public static int run(String[] args, PrintWriter out, PrintWriter err) {
        var main = new Main();
        return new Failures(List.of(args), err, () -> main.verbose).run(new CommandLine(main), out);
    }
}
