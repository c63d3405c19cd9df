package dvdquant.benchmarks;

import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** The core's loops, by JMH. */
@Command(name = "loops", description = "Time the loops that quantizing is made of, by JMH, on one thread: nanoseconds a weight.")
public final class BenchLoopsCommand implements Callable<Integer> {
    @Parameters(index = "0", arity = "0..1", paramLabel = "REGEX", defaultValue = ".*", description = "Which, by name (default: all).")
    private String which;

    @Option(names = "--columns", split = ",", paramLabel = "N,…", defaultValue = "1536,5120", description = "Widths of a row (default: 1536,5120).")
    private List<String> columns;

    @Option(names = "--group", split = ",", paramLabel = "row|multiples|free", defaultValue = "row,multiples", description = "What shares a grid: a row, 64 weights by a multiplier, or 64 freely (default: row,multiples).")
    private List<String> groups;

    @Option(names = "--forks", paramLabel = "N", defaultValue = "1", description = "JVMs for each; 0 times in this one (default: 1).")
    private int forks;

    @Option(names = "--iterations", paramLabel = "N", defaultValue = "5", description = "Of 200 ms each, after as many that do not count (default: 5).")
    private int iterations;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws RunnerException {
        var options = new OptionsBuilder().include(QuantizingLoops.class.getSimpleName() + "\\." + which)
                .param("columns", columns.toArray(String[]::new)).param("group", groups.toArray(String[]::new))
                .forks(forks).warmupIterations(iterations).measurementIterations(iterations)
                .warmupTime(TimeValue.milliseconds(200)).measurementTime(TimeValue.milliseconds(200))
                .verbosity(VerboseMode.SILENT).shouldFailOnError(true).build();
        PrintWriter out = spec.commandLine().getOut();
        for (RunResult result : new Runner(options).run()) {
            String width = result.getParams().getParam("columns");
            double nanos = result.getPrimaryResult().getScore();
            double error = result.getPrimaryResult().getScoreError();
            out.printf(Locale.ROOT, "%6s columns  %-10s %-14s %7.3f ± %.3f ns a weight%n", width,
                    result.getParams().getParam("group"), result.getPrimaryResult().getLabel(),
                    nanos / Integer.parseInt(width), error / Integer.parseInt(width));
        }
        return 0;
    }
}
