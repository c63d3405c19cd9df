package dvdquant.app;

import dvdquant.app.bench.BenchCommand;
import dvdquant.app.compare.CompareCommand;
import dvdquant.app.compare.DemoCommand;
import dvdquant.app.compare.EvaluateCommand;
import dvdquant.app.doctor.DoctorCommand;
import dvdquant.app.generate.DecodeCommand;
import dvdquant.app.generate.GenerateCommand;
import dvdquant.app.inspect.InspectCommand;
import dvdquant.app.options.Flags;
import dvdquant.app.quantize.QuantizeCommand;
import dvdquant.app.text.Version;
import dvdquant.core.InputException;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;

/** The command line. Exit codes: 0; 2 for bad input; 130 after Ctrl-C; 1 for anything else. */
@Command(name = "dvdquant", mixinStandardHelpOptions = true, versionProvider = Version.Provider.class, scope = ScopeType.INHERIT, description = "Video diffusion transformers on the JVM: generate, quantize, compare.", subcommands = {
        DemoCommand.class, GenerateCommand.class, DecodeCommand.class, QuantizeCommand.class, CompareCommand.class,
        EvaluateCommand.class, BenchCommand.class,
        InspectCommand.class,
        DoctorCommand.class,
        AutoComplete.GenerateCompletion.class}, synopsisSubcommandLabel = "COMMAND", exitCodeListHeading = "Exit codes:%n", exitCodeList = {
                "0:success", "2:bad input", "130:Ctrl-C", "1:anything else"})
public final class Main {
    private static final int BAD_INPUT = 2;
    private static final int CANCELLED = 130;
    private static final List<String> OUT_OF_MEMORY = List.of("out of memory", "_ALLOC_FAILED", "t allocate memory");

    @CommandLine.Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Print the stack traces of errors too.")
    private boolean verbose;

    private final List<String> arguments;

    private Main(String[] arguments) {
        this.arguments = List.of(arguments);
    }

    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        System.exit(run(args, new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8)));
    }

    /** Runs a command line and returns its exit code. */
    public static int run(String[] args, PrintWriter out, PrintWriter err) {
        var main = new Main(args);
        var commandLine = new CommandLine(main).setOut(out).setErr(err).setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true);
        commandLine.getSubcommands().get("generate-completion").getCommandSpec().usageMessage()
                .description("Print a completion script for bash and zsh: source <(dvdquant generate-completion)");
        commandLine.setParameterExceptionHandler((e, _) -> misused(e, err));
        commandLine.setExecutionExceptionHandler((e, _, _) -> main.failed(e, err));
        if (args.length == 0) {
            commandLine.usage(out);
            return 0;
        }
        try {
            return commandLine.execute(args);
        } catch (Error e) { // of memory or a native library: picocli handles exceptions only
            return main.failed(e, err);
        }
    }

    private static int misused(ParameterException e, PrintWriter err) {
        err.println("dvdquant: " + e.getMessage());
        return BAD_INPUT;
    }

    private static boolean ranOutOfMemory(Throwable e) {
        return Stream.iterate(e, Objects::nonNull, Throwable::getCause)
                .anyMatch(cause -> cause instanceof OutOfMemoryError || saysOutOfMemory(cause));
    }

    /** The libraries say so in words only: libtorch (which can't or cannot allocate memory), cuBLAS, the driver. */
    private static boolean saysOutOfMemory(Throwable e) {
        return e.getMessage() != null && OUT_OF_MEMORY.stream().anyMatch(e.getMessage()::contains);
    }

    /** What takes less memory, of the kind that ran out. */
    private String remedy(String what) {
        if (what.contains("host's memory")) return "; without --offload the weights would be in the GPU's";
        boolean canOffload = what.contains("CUDA") && !arguments.contains("--offload") && !arguments.contains("bench");
        return "; smaller sizes would need less (of a clip --height, --width and --frames)"
                + (canOffload ? ", and --offload keeps the weights in the host's memory" : "");
    }

    private int failed(Throwable e, PrintWriter err) {
        if (verbose) e.printStackTrace(err);
        return switch (e) {
            case InputException bad -> {
                err.println("dvdquant: " + bad.getMessage()
                        + bad.hint().map(hint -> " (" + Flags.of(hint) + ")").orElse(""));
                yield BAD_INPUT;
            }
            case CancellationException _ -> CANCELLED;
            default -> {
                String what = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
                String remedy = ranOutOfMemory(e) ? remedy(what) : "";
                err.println("dvdquant: failed: " + what + remedy + (verbose ? "" : " (--verbose prints where)"));
                yield 1;
            }
        };
    }
}
