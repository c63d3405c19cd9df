package dvdquant.app;

import dvdquant.app.options.Flags;
import dvdquant.app.options.LocalPath;
import dvdquant.core.InputException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * How a command line ends: what it says of a failure, and its exit code.
 *
 * @param arguments as given
 * @param verbose whether stack traces are wanted, once the arguments are parsed
 */
public record Failures(List<String> arguments, PrintWriter err, BooleanSupplier verbose) {
    private static final int FAILED = 1;
    private static final int BAD_INPUT = 2;
    private static final int CANCELLED = 130;
    private static final List<String> OUT_OF_MEMORY = List.of("out of memory", "_ALLOC_FAILED", "t allocate memory");

    /** Runs a command line that prints to {@code out}. Returns its exit code: 0; 2 for bad input; 130 after Ctrl-C; 1 for anything else. */
    public int run(CommandLine commandLine, PrintWriter out) {
        commandLine.setOut(out).setErr(err).setCaseInsensitiveEnumValuesAllowed(true).setUsageHelpAutoWidth(true)
                .setExpandAtFiles(false); // a prompt may begin with @
        commandLine.registerConverter(Path.class, new LocalPath());
        commandLine.setParameterExceptionHandler((e, _) -> misused(e));
        commandLine.setExecutionExceptionHandler((e, _, _) -> failed(e, commandLine));
        refuseUnknown(commandLine);
        int code = execute(commandLine);
        if (code != 0 || !out.checkError()) return code;
        err.println("dvdquant: failed: cannot write to standard output");
        return FAILED;
    }

    private int execute(CommandLine commandLine) {
        if (arguments.isEmpty()) {
            commandLine.usage(commandLine.getOut());
            return 0;
        }
        try {
            return commandLine.execute(arguments.toArray(String[]::new));
        } catch (Error e) { // of memory or a native library: picocli handles exceptions only
            return failed(e, commandLine);
        }
    }

    /** A command that looks at what it does not know ({@code Unmatched}) would have its subcommands take anything. */
    private static void refuseUnknown(CommandLine command) {
        command.setUnmatchedArgumentsAllowed(!command.getCommandSpec().unmatchedArgsBindings().isEmpty());
        command.getSubcommands().values().forEach(Failures::refuseUnknown);
    }

    private int misused(ParameterException e) {
        err.println("dvdquant: " + e.getMessage());
        return BAD_INPUT;
    }

    private int failed(Throwable e, CommandLine program) {
        if (verbose.getAsBoolean()) e.printStackTrace(err);
        return switch (e) {
            case InputException bad -> {
                err.println("dvdquant: " + bad.getMessage()
                        + bad.hint().map(hint -> " (" + Flags.of(hint) + ")").orElse(""));
                yield BAD_INPUT;
            }
            case CancellationException _ -> CANCELLED;
            default -> {
                String what = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
                String remedy = ranOutOfMemory(e) ? remedy(what, program) : "";
                err.println("dvdquant: failed: " + what + remedy
                        + (verbose.getAsBoolean() ? "" : " (--verbose prints where)"));
                yield FAILED;
            }
        };
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
    private String remedy(String what, CommandLine program) {
        if (what.contains("host's memory")) return "; without --offload the weights would be in the GPU's";
        boolean measures = arguments.contains("bench") || program.getCommandName().equals("bench");
        boolean canOffload = what.contains("CUDA") && !arguments.contains("--offload") && !measures;
        return "; smaller sizes would need less (of a clip --height, --width and --frames)"
                + (canOffload ? ", and --offload keeps the weights in the host's memory" : "");
    }
}
