package dvdquant.app.quantize;

import dvdquant.app.text.ProgressPrinter;
import dvdquant.core.InputException;
import dvdquant.core.quantize.CalibrationData;
import dvdquant.core.quantize.Recipe;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.given.GivenImages;
import dvdquant.models.given.GivenPrompt;
import dvdquant.models.given.ImageReader;
import dvdquant.models.given.PromptFile;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.video.image.ImageFile;
import picocli.CommandLine.Option;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a method sees of activations before it quantizes, if it needs to see any. */
public final class CalibrationOptions {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})x(\\d{1,5})");

    @Option(names = "--calibration-prompts", paramLabel = "FILE", description = "UTF-8, a prompt a line: for methods that must have seen activations (smoothquant, vidit-q, svdquant).")
    private Path prompts;

    @Option(names = "--calibration-steps", paramLabel = "N", description = "Denoising steps of each calibration prompt (default: the model's own number).")
    private Integer steps;

    @Option(names = "--calibration-size", paramLabel = "WxHxF", description = "Width, height and frames of the calibration clips (default: the model's own).")
    private String size;

    private Map<String, Object> seen = Map.of();

    /** @throws InputException if the recipe needs calibration and there are no prompts, or the other way around */
    public void requireFits(Recipe recipe) {
        String method = recipe.method().label();
        if (!recipe.needsCalibration()) {
            requireAbsent("--calibration-prompts", prompts, method);
            requireAbsent("--calibration-steps", steps, method);
            requireAbsent("--calibration-size", size, method);
        } else if (prompts == null) {
            String smoothing = recipe.smoothing().map(exponent -> ", smoothing by " + exponent).orElse("");
            throw new InputException("--method " + method + smoothing + ": expected --calibration-prompts FILE, "
                    + "for smoothing must have seen activations");
        }
        if (steps != null && steps < 1)
            throw new InputException("--calibration-steps " + steps + ", expected 1 or more");
        if (size != null && !SIZE.matcher(size).matches()) {
            throw new InputException("--calibration-size " + size + ", expected WIDTHxHEIGHTxFRAMES as in 256x256x17");
        }
    }

    private static void requireAbsent(String flag, Object value, String method) {
        if (value != null) throw new InputException(flag + ": " + method + " needs no calibration");
    }

    /** Samples the prompts, and says how long that took. */
    CalibrationData run(Path model, int threads, boolean quiet, PrintWriter err) {
        List<GivenPrompt> lines = PromptFile.read(prompts, GivenImages.NONE, new ImageReader(ImageFile::read));
        try (var progress = new ProgressPrinter(err, quiet)) {
            progress.say("calibrating with " + lines.size() + " prompts");
            Calibration.Result result = Calibration.run(model, LoadOptions.defaults().withThreads(threads),
                    lines.stream().map(GivenPrompt::prompt).toList(), this::change, progress, new Cancellation());
            progress.say(String.format(Locale.ROOT, "calibrated in %.1f s", result.seconds()));
            seen = Map.of("prompts", lines.stream().map(CalibrationOptions::seen).toList(), "seconds",
                    result.seconds());
            return result.data();
        }
    }

    private static Object seen(GivenPrompt prompt) {
        if (prompt.images().isEmpty()) return prompt.text();
        var facts = new LinkedHashMap<String, Object>();
        facts.put("prompt", prompt.text());
        facts.putAll(prompt.images().facts());
        return facts;
    }

    /** For the manifest: which prompts, and how long that took. */
    Map<String, Object> seen() {
        return seen;
    }

    private GenerationRequest change(GenerationRequest request) {
        GenerationRequest changed = steps == null ? request : request.withSteps(steps);
        if (size == null) return changed;
        Matcher parts = SIZE.matcher(size);
        if (!parts.matches()) throw new IllegalStateException(size + " was not checked");
        return changed.withSize(Integer.parseInt(parts.group(3)), Integer.parseInt(parts.group(2)),
                Integer.parseInt(parts.group(1)));
    }
}
