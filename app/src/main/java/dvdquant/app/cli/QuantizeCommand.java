package dvdquant.app.cli;

import dvdquant.core.InputException;
import dvdquant.models.quantize.CalibrationData;
import dvdquant.models.quantize.Quantizer;
import dvdquant.models.quantize.Recipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Checkpoint → quantized checkpoint. */
@Command(name = "quantize", description = "Quantize a model's weights to 2 to 8 bits, on the CPU; by the default method without data.")
public final class QuantizeCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "MODEL", description = "A model folder in the diffusers layout.")
    private Path model;

    @Option(names = {"-o", "--output"}, paramLabel = "OUT", required = true, description = "The new model folder.")
    private Path output;

    @Mixin
    private RecipeOptions parts;

    @Mixin
    private CalibrationOptions calibration;

    @Option(names = "--include", paramLabel = "REGEX", description = "Layers to quantize instead of the model's usual ones.")
    private List<String> include = List.of();

    @Option(names = "--exclude", paramLabel = "REGEX", description = "Layers to leave in full precision.")
    private List<String> exclude = List.of();

    @Option(names = "--link", description = "Link the other components instead of copying them.")
    private boolean link;

    @Option(names = "--threads", paramLabel = "N", description = "Threads to compute with (default: all cores).")
    private Integer threads;

    @Option(names = {"-q", "--quiet"}, description = "Print errors and warnings only.")
    private boolean quiet;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        ThreadCount.check(threads);
        List<Pattern> included = patterns("--include", include);
        List<Pattern> excluded = patterns("--exclude", exclude);
        int threadCount = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        Recipe recipe = parts.recipe();
        calibration.requireFits(recipe);
        if (recipe.needsCalibration()) Quantizer.check(recipe, included, excluded, model, output);
        Optional<CalibrationData> data = recipe.needsCalibration()
                ? Optional.of(calibration.run(model, threadCount, quiet, spec.commandLine().getErr()))
                : Optional.empty();
        var quantizer = new Quantizer(recipe, data, included, excluded, threadCount, link);
        long start = System.nanoTime();
        try (var progress = new WeightProgress("quantize", spec.commandLine().getErr(), quiet)) {
            Quantizer.Summary summary = quantizer.run(model, output, progress);
            double seconds = (System.nanoTime() - start) / 1e9;
            progress.say(String.format(Locale.ROOT,
                    "wrote %s: %s, %d layers, %,d weights at %.2f bits each, in %.1f s; the transformer is %.3f of its size (%,d bytes)",
                    output, recipe.method().label(), summary.layers(), summary.weights(), summary.bitsAWeight(),
                    seconds, (double) summary.bytes() / summary.sourceBytes(), summary.bytes()));
        }
        return 0;
    }

    private static List<Pattern> patterns(String flag, List<String> given) {
        return given.stream().map(text -> {
            try {
                return Pattern.compile(text);
            } catch (PatternSyntaxException e) {
                throw new InputException(flag + " '" + text + "': not a regular expression: " + e.getDescription(), e);
            }
        }).toList();
    }
}
