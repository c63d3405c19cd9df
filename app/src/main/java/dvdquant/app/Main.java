package dvdquant.app;

import dvdquant.app.bench.BenchCommand;
import dvdquant.app.compare.CompareCommand;
import dvdquant.app.compare.DemoCommand;
import dvdquant.app.compare.EvaluateCommand;
import dvdquant.app.doctor.DoctorCommand;
import dvdquant.app.generate.DecodeCommand;
import dvdquant.app.generate.GenerateCommand;
import dvdquant.app.inspect.InspectCommand;
import dvdquant.app.quantize.QuantizeCommand;
import dvdquant.app.text.Version;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The command line. Exit codes: 0; 2 for bad input; 130 after Ctrl-C; 1 for anything else. */
@Command(name = "dvdquant", mixinStandardHelpOptions = true, versionProvider = Version.Provider.class, scope = ScopeType.INHERIT, description = "Video diffusion transformers on the JVM: generate, quantize, compare.", subcommands = {
        DemoCommand.class, GenerateCommand.class, DecodeCommand.class, QuantizeCommand.class, CompareCommand.class,
        EvaluateCommand.class, BenchCommand.class,
        InspectCommand.class,
        DoctorCommand.class,
        AutoComplete.GenerateCompletion.class}, synopsisSubcommandLabel = "COMMAND", exitCodeListHeading = "Exit codes:%n", exitCodeList = {
                "0:success", "2:bad input", "130:Ctrl-C", "1:anything else"})
public final class Main {
    @CommandLine.Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Print the stack traces of errors too.")
    private boolean verbose;

    private Main() {}

    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        System.exit(run(args, new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8)));
    }

    /** Runs a command line and returns its exit code. */
    public static int run(String[] args, PrintWriter out, PrintWriter err) {
        var main = new Main();
        var commandLine = new CommandLine(main);
        commandLine.getSubcommands().get("generate-completion").getCommandSpec().usageMessage()
                .description("Print a completion script for bash and zsh: source <(dvdquant generate-completion)");
        return new Failures(List.of(args), err, () -> main.verbose).run(commandLine, out);
    }
}
