package dvdquant.app.inspect;

import dvdquant.app.options.GridOptions;
import dvdquant.app.options.ThreadOptions;
import dvdquant.core.InputException;
import dvdquant.models.survey.ErrorsJson;
import dvdquant.models.survey.WeightSurvey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** The errors of weights: those that a quantized model has, or a model in full precision would have. */
@Command(name = "errors", description = "Measure the errors that a model's weights would have if it were quantized, after each stage of BGR; with --against those of a quantized model.")
public final class InspectErrorsCommand implements Callable<Integer> {
    private static final List<String> OF_GRIDS = List.of("--weights", "--group", "--rotation", "--rotation-seed");

    @Parameters(index = "0", paramLabel = "PATH", description = "A model folder: in full precision, or with --against a quantized one.")
    private Path path;

    @Option(names = "--against", paramLabel = "MODEL", description = "The model that the quantized one was made from; beside its errors stands what each stage of BGR gives.")
    private Path against;

    @Option(names = "--layers", description = "List every layer, instead of every kind of layer.")
    private boolean layers;

    @Option(names = "--json", description = "Print JSON instead.")
    private boolean json;

    @Mixin
    private GridOptions grids;

    @Mixin
    private ThreadOptions threads;

    @Option(names = {"-q", "--quiet"}, description = "Print no progress.")
    private boolean quiet;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (against != null) requireNoGrids();
        var inspection = new ErrorInspection(path, Optional.ofNullable(against), grids, threads.count(), layers);
        WeightSurvey survey = inspection.run(spec.commandLine().getErr(), quiet);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(ErrorsJson.of(path, inspection.against(), survey));
        } else {
            inspection.print(survey, out);
        }
        return 0;
    }

    private void requireNoGrids() {
        OF_GRIDS.stream().filter(spec.commandLine().getParseResult()::hasMatchedOption).findFirst().ifPresent(flag -> {
            throw new InputException(
                    flag + " does not go with --against: a quantized model says itself how its weights are stored");
        });
    }
}
