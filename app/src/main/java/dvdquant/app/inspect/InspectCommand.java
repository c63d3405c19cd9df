package dvdquant.app.inspect;

import dvdquant.app.options.GridOptions;
import dvdquant.app.options.ThreadOptions;
import dvdquant.core.quantize.Method;
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
import java.util.Optional;
import java.util.concurrent.Callable;

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

    @Mixin
    private ThreadOptions threads;

    @Option(names = {"-q", "--quiet"}, description = "Print no progress.")
    private boolean quiet;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InspectMode mode = InspectMode.of(against != null, errors, sampling.activations);
        mode.check(spec.commandLine().getParseResult());
        threads.given();
        PrintWriter out = spec.commandLine().getOut();
        switch (mode) {
            case CONTENTS -> contents(out);
            case AGAINST, ERRORS -> errors(out);
            case ACTIVATIONS -> activations(out);
        }
        return 0;
    }

    private void errors(PrintWriter out) {
        int count = threads.count();
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
                threads.given(),
                grids.rotation(Method.DVD_QUANT.recipe(grids.bits()).weights().rotation()));
        var inspection = new ActivationInspection(request, sampling.output(),
                spec.commandLine().getParseResult().originalArgs());
        inspection.print(inspection.run(spec.commandLine().getErr(), quiet), layers, out);
    }

    private void contents(PrintWriter out) {
        Inspection inspection = Inspection.of(path);
        if (json) {
            InspectionJson.print(inspection, tensors, out);
        } else {
            InspectionText.print(inspection, tensors, layers, out);
        }
    }
}
