package dvdquant.models.pipeline;

import dvdquant.core.InputException;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What to generate.
 *
 * @param prompt what the clip shows
 * @param negativePrompt what to keep away from; used with guidance only
 * @param steps denoising steps
 * @param guidance how far to go from the negative prompt's prediction towards the prompt's and beyond (classifier-free
 *        guidance, arXiv 2207.12598); 1 or less: the prompt's alone, in half the time
 * @param flowShift of the noise levels towards noise, as larger frames need it; empty: what the model's scheduler says
 * @param size of the clip
 * @param seed of the noise: that of {@code torch.randn} with a CPU generator of this seed, as diffusers draws it
 * @param initialLatents noise to start from instead of the seed's; must be of the size
 * @param acceleration what makes it cheaper
 */
public record GenerationRequest(String prompt, String negativePrompt, int steps, double guidance,
        OptionalDouble flowShift, ClipSize size, long seed, Optional<Latents> initialLatents,
        Acceleration acceleration) {
    /** Ten times as many as there are levels of noise to tell apart; what is kept of each must fit in memory. */
    private static final int MOST_STEPS = 10_000;

    public GenerationRequest {
        if (prompt.isBlank()) throw new InputException("the prompt is empty, expected a description of the clip");
        if (steps < 1) throw new InputException("steps: " + steps + ", expected 1 or more");
        if (steps > MOST_STEPS) throw new InputException("steps: " + steps + ", expected " + MOST_STEPS + " at most");
        if (!Double.isFinite(guidance) || guidance < 0) {
            throw new InputException("guidance: " + guidance + ", expected a number from 0");
        }
        flowShift.ifPresent(shift -> {
            if (!(shift > 0 && shift < Double.POSITIVE_INFINITY)) {
                throw new InputException("flow shift: " + shift + ", expected a number above 0");
            }
        });
    }

    public GenerationRequest withNegativePrompt(String text) {
        return new GenerationRequest(prompt, text, steps, guidance, flowShift, size, seed, initialLatents,
                acceleration);
    }

    public GenerationRequest withSteps(int count) {
        return new GenerationRequest(prompt, negativePrompt, count, guidance, flowShift, size, seed, initialLatents,
                acceleration);
    }

    public GenerationRequest withGuidance(double scale) {
        return new GenerationRequest(prompt, negativePrompt, steps, scale, flowShift, size, seed, initialLatents,
                acceleration);
    }

    public GenerationRequest withFlowShift(double shift) {
        return new GenerationRequest(prompt, negativePrompt, steps, guidance, OptionalDouble.of(shift), size, seed,
                initialLatents, acceleration);
    }

    public GenerationRequest withSize(int frames, int height, int width) {
        return new GenerationRequest(prompt, negativePrompt, steps, guidance, flowShift,
                new ClipSize(frames, height, width), seed,
                initialLatents, acceleration);
    }

    public GenerationRequest withSeed(long number) {
        return new GenerationRequest(prompt, negativePrompt, steps, guidance, flowShift, size, number, initialLatents,
                acceleration);
    }

    public GenerationRequest withInitialLatents(Latents latents) {
        return new GenerationRequest(prompt, negativePrompt, steps, guidance, flowShift, size, seed,
                Optional.of(latents),
                acceleration);
    }

    public GenerationRequest withAcceleration(Acceleration by) {
        return new GenerationRequest(prompt, negativePrompt, steps, guidance, flowShift, size, seed, initialLatents,
                by);
    }

    public GenerationRequest withActivations(BitPlan activations) {
        return withAcceleration(acceleration.withActivations(activations));
    }

    /** What is to be encoded: the prompt and, if the request is guided, the negative prompt. */
    public List<String> texts() {
        return guided() ? List.of(prompt, negativePrompt) : List.of(prompt);
    }

    /** Whether a second pass with the negative prompt is needed. */
    public boolean guided() {
        return guidance > 1;
    }
}
