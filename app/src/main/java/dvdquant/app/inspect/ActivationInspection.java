package dvdquant.app.inspect;

import dvdquant.app.text.ProgressPrinter;
import dvdquant.app.text.SchemeText;
import dvdquant.app.text.ShellWords;
import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.evaluate.report.Fact;
import dvdquant.evaluate.report.Heading;
import dvdquant.evaluate.report.page.ActivationPage;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.survey.ActivationSurvey;
import dvdquant.models.survey.LayerActivations;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

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
                    ActivationPage.of(survey, heading(survey), SchemeText.rotation(request.rotation())));
            staged.commit();
            progress.say("wrote " + output.resolve("activations.html") + " and activations.json");
            return survey;
        } catch (IOException e) {
            throw new InputException("cannot write " + output + ": " + Reasons.of(e), e);
        }
    }

    private Heading heading(ActivationSurvey survey) {
        LayerActivations worst = sorted(survey).getFirst();
        String found = String.format(Locale.ROOT,
                "In block %d, %s, the largest channel is %.1f times the median one, and %.1f times when %s.",
                worst.block(), worst.kind(), worst.asIs().outlierRatio(), worst.rotated().outlierRatio(),
                SchemeText.rotation(request.rotation()));
        var facts = List.of(new Fact("Model", request.model().toString()),
                new Fact("Prompts", String.valueOf(request.prompts().size())),
                new Fact("Steps", String.valueOf(survey.sampled().sampling().steps())),
                new Fact("Guidance", survey.sampled().sampling().guidance().text()),
                new Fact("Clip", survey.sampled().size().toString()),
                new Fact("Seed", String.valueOf(request.seed())));
        return new Heading("What the layers of " + request.model().getFileName() + " read", found, facts,
                List.of("dvdquant " + ShellWords.of(arguments)), List.of());
    }

    private static List<LayerActivations> sorted(ActivationSurvey survey) {
        return survey.layers().stream()
                .sorted(Comparator.comparingDouble(layer -> -layer.asIs().outlierRatio())).toList();
    }

    /** @param all whether every layer is listed, and not the most extreme ones only */
    void print(ActivationSurvey survey, boolean all, PrintWriter out) {
        List<LayerActivations> layers = sorted(survey);
        List<LayerActivations> listed = layers.subList(0, all ? layers.size() : Math.min(LISTED, layers.size()));
        int steps = survey.sampled().sampling().steps();
        out.println("Maxima of channels over " + steps + (steps == 1 ? " step; " : " steps; ")
                + SchemeText.rotation(request.rotation()) + " for the second ratio.");
        out.println();
        int width = LayerTable.width(listed.stream().map(LayerActivations::kind).toList(), "reads");
        String name = "%5s  %-" + width + "s  ";
        out.printf(name + "%10s %10s %12s %9s %12s%n", "block", "reads", "largest", "median", "largest/med.",
                "rotated", "over steps");
        for (LayerActivations layer : listed) {
            double ratio = layer.asIs().outlierRatio();
            float largest = maximum(layer.asIs().highest());
            out.printf(Locale.ROOT, name + "%10.3f %10.3f %11.1f× %8.1f× %11.2f×%n", layer.block(), layer.kind(),
                    largest, largest / ratio, ratio, layer.rotated().outlierRatio(), layer.asIs().drift());
        }
        out.println();
        out.println("over steps: the highest over the lowest maximum of a channel, the median over the channels");
    }

    private static float maximum(float[] values) {
        float most = 0;
        for (float value : values) {
            most = Math.max(most, value);
        }
        return most;
    }
}
