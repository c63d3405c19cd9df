package dvdquant.app.inspect;

import dvdquant.app.options.GridOptions;
import dvdquant.app.text.AmountProgress;
import dvdquant.app.text.AmountProgress.Unit;
import dvdquant.app.text.StatusLine;
import dvdquant.core.InputException;
import dvdquant.core.checkpoint.SchemeText;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.quantize.Method;
import dvdquant.models.survey.WeightSurvey;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * The errors of weights: those of a quantized model, or those that a model in full precision would have.
 *
 * @param against in full precision; empty: {@code path} is, and {@code grids} says how it would be quantized
 * @param layers whether every layer is listed
 */
record ErrorInspection(Path path, Optional<Path> against, GridOptions grids, int threads, boolean layers) {
    WeightSurvey run(PrintWriter err, boolean quiet) {
        requireModel(path);
        against.ifPresent(ErrorInspection::requireModel);
        try (var status = new StatusLine(err, quiet)) {
            var progress = new AmountProgress("measure", Unit.WEIGHTS, status);
            return against.isPresent()
                    ? WeightSurvey.against(path, against.get(), threads, progress)
                    : WeightSurvey.of(path, scheme(), threads, progress);
        }
    }

    private WeightScheme scheme() {
        WeightScheme base = Method.DVD_QUANT.recipe(grids.bits()).weights();
        return base.withGroup(grids.group(base.group())).withRotation(grids.rotation(base.rotation()));
    }

    private static void requireModel(Path folder) {
        if (!Files.exists(folder.resolve("transformer/config.json"))) {
            throw new InputException(
                    folder + ": expected a model folder, with transformer/config.json, to measure errors");
        }
    }

    void print(WeightSurvey survey, PrintWriter out) {
        String how = against.isPresent()
                ? SchemeText.of(survey.format())
                : SchemeText.grids(survey.format().usual().weights());
        out.println(path + against.map(model -> " against " + model).orElse("") + ": " + how);
        out.println("Signal over error of the weights, in dB"
                + (against.isPresent()
                        ? "; beside what is stored, what each stage of BGR gives with its grids."
                        : "."));
        out.println();
        ErrorTable.print(survey, layers, out);
        out.println();
        out.printf(Locale.ROOT, "Errors of %s weights, (w − ŵ) / step:%n",
                against.isPresent() ? "the stored" : "the refined");
        HistogramBars.print(survey.total().histogram(), out);
    }
}
