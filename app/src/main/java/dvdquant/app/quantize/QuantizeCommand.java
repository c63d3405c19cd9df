package dvdquant.app.quantize;

import dvdquant.app.options.FilePairs;
import dvdquant.app.options.ThreadOptions;
import dvdquant.app.text.AmountProgress;
import dvdquant.app.text.AmountProgress.Unit;
import dvdquant.app.text.Manifest;
import dvdquant.app.text.StatusLine;
import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.quantize.Recipe;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.diffusion.ModelRecipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;

/** Checkpoint → quantized checkpoint. */
@Command(name = "quantize", description = "Quantize a model's weights to 2 to 8 bits, on the CPU; by the default method without data.")
public final class QuantizeCommand implements Callable<Integer> {
    /** Beside the components of the new folder. */
    private static final String MANIFEST = "quantize.json";

    @Parameters(index = "0", paramLabel = "MODEL", description = "A model folder in the diffusers layout.")
    private Path model;

    @Option(names = {"-o", "--output"}, paramLabel = "OUT", required = true, description = "The new model folder.")
    private Path output;

    @Mixin
    private LayerOptions layers;

    @Mixin
    private CalibrationOptions calibration;

    @Option(names = "--link", description = "Link the other components instead of copying them.")
    private boolean link;

    @Mixin
    private ThreadOptions threads;

    @Option(names = {"-q", "--quiet"}, description = "Print errors and warnings only.")
    private boolean quiet;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        ModelRecipe ofModel = layers.of(model);
        SequencedMap<String, LayerSelection> components = layers.components(ofModel);
        int threadCount = threads.count();
        Recipe recipe = ofModel.recipe();
        calibration.requireFits(recipe);
        new FilePairs().writes("-o", output).noteLeftovers(spec.commandLine().getErr());
        if (recipe.needsCalibration()) Quantizer.check(recipe, components, Checkpoint::open, model, output);
        Optional<Calibration.Result> seen = recipe.needsCalibration()
                ? Optional.of(calibration.run(model, threadCount, quiet, spec.commandLine().getErr()))
                : Optional.empty();
        var quantizer = new Quantizer(recipe, components, seen.map(Calibration.Result::data), threadCount,
                link);
        long start = System.nanoTime();
        try (var status = new StatusLine(spec.commandLine().getErr(), quiet)) {
            CheckpointSize size = quantizer.run(model, output, new AmountProgress("quantize", Unit.WEIGHTS, status));
            double seconds = (System.nanoTime() - start) / 1e9;
            boolean one = components.size() == 1;
            forgetManifestOf(model);
            manifest(recipe, threadCount, seconds, seen).write(output.resolve(MANIFEST));
            status.say(String.format(Locale.ROOT,
                    "wrote %s: %s, %d layers, %,d weights at %.2f bits each, in %.1f s; %s %.3f of %s size (%,d bytes)",
                    output, LayerOptions.label(recipe), size.layers(), size.inLayers().weights(), size.bitsAWeight(),
                    seconds, one ? "the transformer is" : "the transformers are",
                    (double) size.bytes() / before(components), one ? "its" : "their", size.bytes()));
        }
        return 0;
    }

    private long before(SequencedMap<String, LayerSelection> components) {
        return components.entrySet().stream()
                .mapToLong(one -> CheckpointSize.fullPrecision(model.resolve(one.getKey()), one.getValue()).bytes())
                .sum();
    }

    /** The model may have one of its own, which came along as a file or, with --link, as a link: through that it would be overwritten. */
    private void forgetManifestOf(Path model) {
        try {
            Files.deleteIfExists(output.resolve(MANIFEST));
        } catch (IOException e) {
            throw new InputException(
                    "cannot replace " + output.resolve(MANIFEST) + " of " + model + ": " + Reasons.of(e), e);
        }
    }

    /** Only how the folder came to be: how its weights are quantized stands in the transformer's own configuration. */
    private Manifest manifest(Recipe recipe, int threadCount, double seconds, Optional<Calibration.Result> seen) {
        Manifest manifest = new Manifest().put("model", model.toString()).put("method", LayerOptions.label(recipe))
                .put("device", "cpu").put("threads", threadCount).put("quantize_seconds", seconds);
        seen.ifPresent(result -> manifest.put("calibration",
                Map.of("prompts", calibration.clips().facts(), "seconds", result.seconds())));
        return manifest.putArguments(spec.commandLine().getParseResult().originalArgs());
    }
}
