package dvdquant.evaluate;

import dvdquant.core.InputException;
import dvdquant.core.contents.Fingerprint;
import dvdquant.core.quantize.Recipe;
import dvdquant.evaluate.plan.Plan;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.given.GivenPrompt;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.Sampling;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What calibration saw, sampled when the first recipe asks for it. */
final class SharedCalibration {
    /** Apart from the seeds that clips are usually made from. */
    private static final long SEED = 1000;

    private final Path model;
    private final List<GivenPrompt> prompts;
    private final LoadOptions load;
    private final String device;
    private final GenerationRequest clips;
    private Optional<Calibration.Result> result = Optional.empty();

    /** @param plan whose clips' steps, size and guidance those of the calibration have */
    SharedCalibration(Plan plan, List<GivenPrompt> prompts) {
        this.model = plan.model();
        this.load = plan.load();
        this.device = plan.device();
        this.prompts = List.copyOf(prompts);
        this.clips = plan.request();
    }

    /** What the result depends on beside the model. */
    Fingerprint fingerprint() {
        return Fingerprint.of("calibration", prompts.stream().map(SharedCalibration::text).toList() + " "
                + clips.sampling().steps() + " steps, " + clips.size()
                + ", guidance " + clips.sampling().guidance().text() + ", flow shift " + clips.sampling().flowShift()
                + ", boundary " + clips.sampling().boundary()
                + " " + clips.prompt().negative()
                + ", seed " + SEED + ", " + load.dtype().map(Object::toString).orElse("dtype by size") + ", "
                + device);
    }

    private static String text(GivenPrompt prompt) {
        return prompt.images().isEmpty() ? prompt.text() : prompt.text() + " of " + prompt.images().contents();
    }

    /** @throws InputException if there are no prompts */
    Calibration.Result get(Recipe recipe, EvaluationListener listener) {
        if (result.isPresent()) return result.get();
        if (prompts.isEmpty()) {
            throw new InputException(recipe.method().label()
                    + " needs to see activations, expected --calibration-prompts FILE with a few prompts");
        }
        listener.onModel("calibrating with " + prompts.size() + " clips");
        Calibration.Result seen = Calibration.run(model, load, prompts.stream().map(GivenPrompt::prompt).toList(),
                this::like, listener, new Cancellation());
        result = Optional.of(seen);
        return seen;
    }

    private GenerationRequest like(GenerationRequest request) {
        Sampling sampling = new Sampling(clips.sampling().steps(), clips.sampling().guidance(),
                clips.sampling().flowShift(), clips.sampling().boundary(), SEED, Optional.empty());
        return request.with(sampling).with(clips.size()).withNegativePrompt(clips.prompt().negative());
    }
}
