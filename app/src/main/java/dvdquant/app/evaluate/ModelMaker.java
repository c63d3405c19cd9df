package dvdquant.app.evaluate;

import dvdquant.app.evaluate.plan.Fingerprint;
import dvdquant.app.evaluate.store.ModelFigures;
import dvdquant.core.InputException;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.quantize.Calibration;
import dvdquant.models.quantize.CalibrationData;
import dvdquant.models.quantize.Quantizer;
import dvdquant.models.quantize.Recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Quantizes a model by recipes; those that need calibration share one. */
public final class ModelMaker {
    /** Apart from the seeds that clips are usually made from. */
    private static final long CALIBRATION_SEED = 1000;

    private final Path model;
    private final List<String> calibrationPrompts;
    private final int calibrationSteps;
    private final int threads;
    private Optional<Calibration.Result> calibration = Optional.empty();

    /** @param calibrationPrompts none, if no recipe needs them */
    public ModelMaker(Path model, List<String> calibrationPrompts, int calibrationSteps, int threads) {
        this.model = model;
        this.calibrationPrompts = List.copyOf(calibrationPrompts);
        this.calibrationSteps = calibrationSteps;
        this.threads = threads;
    }

    /** What a model of this recipe depends on beside the original. */
    Fingerprint fingerprint(Recipe recipe) {
        Fingerprint fingerprint = Fingerprint.of("recipe", recipe);
        return recipe.needsCalibration()
                ? fingerprint.with("calibration", calibrationPrompts + " " + calibrationSteps + " " + CALIBRATION_SEED)
                : fingerprint;
    }

    /** @throws InputException if the recipe needs calibration and there are no prompts, or the model cannot be quantized */
    ModelFigures make(Recipe recipe, Path target, EvaluationListener listener) {
        Optional<CalibrationData> data = recipe.needsCalibration()
                ? Optional.of(calibrate(recipe, listener).data())
                : Optional.empty();
        long start = System.nanoTime();
        new Quantizer(recipe, data, List.of(), List.of(), threads, true).run(model, target, listener);
        double seconds = (System.nanoTime() - start) / 1e9;
        return WeightFigures.of(model, target).made(seconds,
                recipe.needsCalibration() ? calibration.orElseThrow().seconds() : 0);
    }

    private Calibration.Result calibrate(Recipe recipe, EvaluationListener listener) {
        if (calibration.isPresent()) return calibration.get();
        if (calibrationPrompts.isEmpty()) {
            throw new InputException(recipe.method().label()
                    + " needs to see activations, expected --calibration-prompts FILE with a few prompts");
        }
        listener.onModel("calibrating with " + calibrationPrompts.size() + " clips");
        Calibration.Result result = Calibration.run(model, calibrationPrompts, calibrationSteps, CALIBRATION_SEED,
                listener, new Cancellation());
        calibration = Optional.of(result);
        return result;
    }
}
