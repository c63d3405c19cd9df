package dvdquant.app.evaluate;

import dvdquant.app.evaluate.plan.Fingerprint;
import dvdquant.core.InputException;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.quantize.Calibration;
import dvdquant.models.quantize.Recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What calibration saw, sampled when the first recipe asks for it. */
final class SharedCalibration {
    /** Apart from the seeds that clips are usually made from. */
    private static final long SEED = 1000;

    private final Path model;
    private final List<String> prompts;
    private final int steps;
    private Optional<Calibration.Result> result = Optional.empty();

    SharedCalibration(Path model, List<String> prompts, int steps) {
        this.model = model;
        this.prompts = List.copyOf(prompts);
        this.steps = steps;
    }

    /** What the result depends on beside the model. */
    Fingerprint fingerprint() {
        return Fingerprint.of("calibration", prompts + " " + steps + " " + SEED);
    }

    /** @throws InputException if there are no prompts */
    Calibration.Result get(Recipe recipe, EvaluationListener listener) {
        if (result.isPresent()) return result.get();
        if (prompts.isEmpty()) {
            throw new InputException(recipe.method().label()
                    + " needs to see activations, expected --calibration-prompts FILE with a few prompts");
        }
        listener.onModel("calibrating with " + prompts.size() + " clips");
        Calibration.Result seen = Calibration.run(model, prompts,
                request -> request.withSteps(steps).withSeed(SEED), listener, new Cancellation());
        result = Optional.of(seen);
        return seen;
    }
}
