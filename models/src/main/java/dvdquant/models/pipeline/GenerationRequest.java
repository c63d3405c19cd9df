package dvdquant.models.pipeline;

import java.util.List;

/**
 * What to generate.
 *
 * @param acceleration what makes it cheaper
 */
public record GenerationRequest(Prompt prompt, ClipSize size, Sampling sampling, Acceleration acceleration) {
    public GenerationRequest with(Prompt of) {
        return new GenerationRequest(of, size, sampling, acceleration);
    }

    public GenerationRequest with(ClipSize of) {
        return new GenerationRequest(prompt, of, sampling, acceleration);
    }

    public GenerationRequest with(Sampling by) {
        return new GenerationRequest(prompt, size, by, acceleration);
    }

    public GenerationRequest with(Acceleration by) {
        return new GenerationRequest(prompt, size, sampling, by);
    }

    public GenerationRequest withNegativePrompt(String text) {
        return with(new Prompt(prompt.text(), text));
    }

    public GenerationRequest withSteps(int count) {
        return with(sampling.withSteps(count));
    }

    /** @param value of {@link Guidance#with} */
    public GenerationRequest withGuidance(double value) {
        return with(sampling.withGuidance(sampling.guidance().with(value)));
    }

    /** @param scale of {@link Guidance#withTrue} */
    public GenerationRequest withTrueGuidance(double scale) {
        return with(sampling.withGuidance(sampling.guidance().withTrue(scale)));
    }

    public GenerationRequest withSize(int frames, int height, int width) {
        return with(new ClipSize(frames, height, width));
    }

    public GenerationRequest withSeed(long number) {
        return with(sampling.withSeed(number));
    }

    public GenerationRequest withActivations(BitPlan bits) {
        return with(acceleration.withActivations(bits));
    }

    /** Whether there is a second pass, with the negative prompt. */
    public boolean guided() {
        return sampling.guidance().isGuided();
    }

    /** What is to be encoded: the prompt and, if the request is guided, the negative prompt. */
    public List<String> texts() {
        return guided() ? List.of(prompt.text(), prompt.negative()) : List.of(prompt.text());
    }
}
