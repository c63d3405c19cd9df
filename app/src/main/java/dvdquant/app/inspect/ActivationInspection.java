package dvdquant.app.inspect;

import dvdquant.app.text.ProgressPrinter;
import dvdquant.app.text.ShellWords;
import dvdquant.app.text.TextTable;
import dvdquant.core.InputException;
import dvdquant.core.checkpoint.SchemeText;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.evaluate.report.page.ActivationPage;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.survey.ActivationSurvey;
import dvdquant.models.survey.ActivationsJson;
import dvdquant.models.survey.ChannelMaxima;
import dvdquant.models.survey.LayerActivations;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static dvdquant.app.text.TextTable.Column.left;
import static dvdquant.app.text.TextTable.Column.right;

/**
 * Samples with a model in full precision, and draws what its layers read.
 *
 * @param output a folder that is not there yet, or is empty
 * @param arguments of the command line
 */
record ActivationInspection(ActivationSurvey.Request request, Path output, List<String> arguments) {
    private static final int LISTED = 12;

    ActivationSurvey run(PrintWriter err, boolean quiet) {
        try (var staged = StagedPath.folderBeside(output);
                var progress = new ProgressPrinter(err, quiet)) {
            ActivationSurvey survey = ActivationSurvey.run(request, progress, new Cancellation());
            Files.writeString(staged.path().resolve("activations.json"), ActivationsJson.of(request, survey));
            Files.writeString(staged.path().resolve("activations.html"),
                    ActivationPage.of(request, survey, "dvdquant " + ShellWords.of(arguments)));
            staged.commit();
            progress.say("wrote " + output.resolve("activations.html") + " and activations.json");
            return survey;
        } catch (IOException e) {
            throw new InputException("cannot write " + output + ": " + Reasons.of(e), e);
        }
    }

    /** @param all whether every layer is listed, and not the most extreme ones only */
    void print(ActivationSurvey survey, boolean all, PrintWriter out) {
        List<LayerActivations> layers = survey.mostExtremeFirst();
        List<LayerActivations> listed = layers.subList(0, all ? layers.size() : Math.min(LISTED, layers.size()));
        int steps = survey.sampled().sampling().steps();
        out.println("Maxima of channels over " + steps + (steps == 1 ? " step; " : " steps; ")
                + SchemeText.rotation(request.rotation()) + " for the second ratio.");
        out.println();
        var table = new TextTable(right("block", "%d"), left("reads"), right("largest", "%.3f"),
                right("median", "%.3f"), right("largest/med.", "%.1f×"), right("rotated", "%.1f×"),
                right("over steps", "%.2f×"), right("tokens", "%.1f×"));
        for (LayerActivations layer : listed) {
            double ratio = layer.asIs().outlierRatio();
            float largest = ChannelMaxima.sorted(layer.asIs().highest(), 2)[0];
            table.row(layer.block(), layer.kind(), largest, largest / ratio, ratio, layer.rotated().outlierRatio(),
                    layer.asIs().drift(), layer.largestTokenSpread());
        }
        table.print(out);
        out.println();
        out.println("over steps: the highest over the lowest maximum of a channel, the median over the channels; "
                + "tokens: the largest token's maximum over the median one's, at the worst step");
    }
}
