package dvdquant.evaluate;

import dvdquant.core.InputException;
import dvdquant.core.contents.Fingerprint;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.quantize.Recipe;
import dvdquant.evaluate.plan.Plan;
import dvdquant.evaluate.store.ModelFigures;
import dvdquant.models.Pipelines;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.diffusion.ModelRecipe;
import dvdquant.models.given.GivenPrompt;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Quantizes a model by recipes; those that need calibration share one. */
public final class ModelMaker {
    private final Path model;
    private final SharedCalibration calibration;
    private final int threads;

    /**
     * @param plan whose clips those of the calibration are like
     * @param calibrationPrompts none, if no recipe needs them
     */
    public ModelMaker(Plan plan, List<GivenPrompt> calibrationPrompts) {
        this.model = plan.model();
        this.calibration = new SharedCalibration(plan, calibrationPrompts);
        this.threads = plan.load().threadCount();
    }

    /** What a model of this recipe depends on beside the original. */
    Fingerprint fingerprint(Recipe recipe) {
        Fingerprint fingerprint = Fingerprint.of("recipe", recipe);
        return recipe.needsCalibration() ? fingerprint.with(calibration.fingerprint()) : fingerprint;
    }

    /** @throws InputException if the recipe needs calibration and there are no prompts, or the model cannot be quantized */
    ModelFigures make(Recipe recipe, Path target, EvaluationListener listener) {
        Optional<Calibration.Result> seen = recipe.needsCalibration()
                ? Optional.of(calibration.get(recipe, listener))
                : Optional.empty();
        long start = System.nanoTime();
        ModelRecipe ofModel = Pipelines.recipe(model, recipe);
        new Quantizer(ofModel.recipe(), ofModel.layers(), seen.map(Calibration.Result::data), threads, true)
                .run(model, target, listener);
        double seconds = (System.nanoTime() - start) / 1e9;
        return WeightFigures.of(model, target).made(seconds, seen.map(Calibration.Result::seconds).orElse(0.0));
    }
}
