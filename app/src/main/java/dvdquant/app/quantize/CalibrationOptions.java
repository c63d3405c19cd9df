package dvdquant.app.quantize;

import dvdquant.app.text.ProgressPrinter;
import dvdquant.core.InputException;
import dvdquant.core.quantize.Recipe;
import dvdquant.models.calibrate.Calibration;
import picocli.CommandLine.Option;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/** What a method sees of activations before it quantizes, if it needs to see any. */
public final class CalibrationOptions {
    @Option(names = "--calibration-prompts", paramLabel = "FILE", description = "UTF-8, a prompt a line: for methods that must have seen activations (smoothquant, vidit-q, svdquant).")
    private Path prompts;

    @Option(names = "--calibration-steps", paramLabel = "N", description = "Denoising steps of each calibration prompt (default: the model's own number).")
    private Integer steps;

    @Option(names = "--calibration-size", paramLabel = "WxHxF", description = "Width, height and frames of the calibration clips (default: the model's own).")
    private String size;

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
        if (size != null && !CalibrationClips.SIZE.matcher(size).matches()) {
            throw new InputException("--calibration-size " + size + ", expected WIDTHxHEIGHTxFRAMES as in 256x256x17");
        }
    }

    private static void requireAbsent(String flag, Object value, String method) {
        if (value != null) throw new InputException(flag + ": " + method + " needs no calibration");
    }

    /** What is sampled, once that was found to be needed. */
    public CalibrationClips clips() {
        return new CalibrationClips(prompts.toAbsolutePath().toString(), steps, size);
    }

    /** Samples the prompts, and says how long that took. */
    Calibration.Result run(Path model, int threads, boolean quiet, PrintWriter err) {
        CalibrationClips clips = clips();
        try (var progress = new ProgressPrinter(err, quiet)) {
            progress.say("calibrating with " + clips.facts().size() + " prompts");
            Calibration.Result result = clips.run(model, threads, progress);
            progress.say(String.format(Locale.ROOT, "calibrated in %.1f s", result.seconds()));
            return result;
        }
    }
}
