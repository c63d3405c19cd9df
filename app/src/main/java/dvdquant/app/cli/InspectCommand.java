package dvdquant.app.cli;

import dvdquant.app.inspect.ComponentSummary;
import dvdquant.app.inspect.Inspection;
import dvdquant.app.inspect.WeightSummary;
import dvdquant.core.InputException;
import dvdquant.core.quant.WeightScheme;
import dvdquant.models.survey.ActivationSurvey;
import dvdquant.models.survey.WeightSurvey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** What is in a checkpoint, what quantizing it costs, and what its layers read. */
@Command(name = "inspect", description = "Show what is in a model folder, the folder of one component, or a .safetensors file; measure the errors of quantized weights; draw what layers read.")
public final class InspectCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "PATH", description = "A model folder, a component's folder, or a .safetensors file.")
    private Path path;

    @Option(names = "--tensors", description = "List every tensor: dtype, shape, bytes, name.")
    private boolean tensors;

    @Option(names = "--layers", description = "List every layer that is quantized or measured, instead of every kind of layer.")
    private boolean layers;

    @Option(names = "--json", description = "Print JSON instead.")
    private boolean json;

    @Option(names = "--against", paramLabel = "MODEL", description = "Measure the errors of a quantized model's weights against the model that it was made from, and what each stage of BGR gives.")
    private Path against;

    @Option(names = "--errors", description = "Measure the errors that a model in full precision would have if it were quantized, after each stage of BGR.")
    private boolean errors;

    @Mixin
    private GridOptions grids;

    @Mixin
    private ActivationOptions sampling;

    @Option(names = "--threads", paramLabel = "N", description = "Threads to compute with (default: all cores).")
    private Integer threads;

    @Option(names = {"-q", "--quiet"}, description = "Print no progress.")
    private boolean quiet;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InspectMode mode = InspectMode.of(against != null, errors, sampling.activations);
        mode.check(spec.commandLine().getParseResult());
        if (threads != null && threads < 1) throw new InputException("--threads " + threads + ", expected 1 or more");
        PrintWriter out = spec.commandLine().getOut();
        switch (mode) {
            case CONTENTS -> contents(out);
            case AGAINST, ERRORS -> errors(out);
            case ACTIVATIONS -> activations(out);
        }
        return 0;
    }

    private void errors(PrintWriter out) {
        int count = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        var inspection = new ErrorInspection(path, Optional.ofNullable(against), grids, count, layers);
        WeightSurvey survey = inspection.run(spec.commandLine().getErr(), quiet);
        if (json) {
            ErrorsJson.print(path, inspection.against(), survey, out);
        } else {
            inspection.print(survey, out);
        }
    }

    private void activations(PrintWriter out) {
        var request = new ActivationSurvey.Request(path, sampling.prompts(), sampling.steps(), sampling.seed,
                threads == null ? OptionalInt.empty() : OptionalInt.of(threads),
                grids.rotation(WeightScheme.DEFAULT.rotation()));
        var inspection = new ActivationInspection(request, sampling.output(),
                spec.commandLine().getParseResult().originalArgs());
        inspection.print(inspection.run(spec.commandLine().getErr(), quiet), layers, out);
    }

    private void contents(PrintWriter out) {
        Inspection inspection = Inspection.of(path);
        if (json) {
            InspectionJson.print(inspection, tensors, out);
        } else {
            print(inspection, out);
        }
    }

    private void print(Inspection inspection, PrintWriter out) {
        String what = inspection.modelClass().isEmpty() ? "" : ": " + inspection.modelClass();
        out.println(inspection.path() + " (" + inspection.kind().name().toLowerCase(Locale.ROOT) + ")" + what);
        int width = inspection.components().stream().mapToInt(component -> component.name().length()).max().orElse(0);
        String name = "%-" + Math.max(width, 12) + "s  ";
        out.printf("%n" + name + "%7s %8s %16s %16s  %s%n", "component", "files", "tensors", "weights", "bytes",
                "dtypes");
        inspection.components().forEach(component -> row(component, name, out));
        inspection.missing().forEach(missing -> out.printf(name + "%7s%n", missing, "missing"));
        out.println();
        for (ComponentSummary component : inspection.components()) {
            String sizes = component.config().entrySet().stream().map(entry -> entry.getKey() + " " + entry.getValue())
                    .collect(Collectors.joining(", "));
            if (!component.modelClass().isEmpty()) out.println(component.name() + ": " + component.modelClass());
            if (!sizes.isEmpty()) out.println("    " + sizes);
        }
        inspection.components().forEach(component -> component.quantization()
                .ifPresent(quantization -> QuantizedText.print(component.name(), quantization, layers, out)));
        if (tensors) inspection.components().forEach(component -> list(component, out));
    }

    private static void row(ComponentSummary component, String name, PrintWriter out) {
        out.printf(name, component.name());
        component.weights().ifPresentOrElse(
                weights -> out.printf(Locale.ROOT, "%7d %8d %,16d %,16d  %s%n", weights.files().size(),
                        weights.tensors().size(), weights.elements(), weights.bytes(), dtypes(weights)),
                () -> out.printf("%7s%n", "-"));
    }

    private static String dtypes(WeightSummary weights) {
        double all = Math.max(1, weights.elements());
        return weights.elementsByFormat().entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "%s %.1f %%", entry.getKey(), 100 * entry.getValue() / all))
                .collect(Collectors.joining(", "));
    }

    private static void list(ComponentSummary component, PrintWriter out) {
        component.weights().ifPresent(weights -> {
            out.printf("%n%s: %s%n", component.name(), String.join(", ", weights.files()));
            weights.tensors().forEach(tensor -> out.printf(Locale.ROOT, "  %-8s %-24s %,14d  %s%n", tensor.dtype(),
                    tensor.shape(), tensor.bytes(), printable(tensor.name())));
        });
    }

    /** Names come from a file that may be anybody's: control characters could play with the terminal. */
    private static String printable(String name) {
        return name.replaceAll("\\p{Cntrl}", "?");
    }
}
