package dvdquant.models.pipeline;

import dvdquant.models.prompts.ImagePrompt;

import java.util.List;

/**
 * What to generate.
 *
 * @param prompt what the clip shows
 * @param size of the clip
 * @param sampling the way from noise to the clip
 * @param acceleration what makes it cheaper
 */
public record GenerationRequest(Prompt prompt, ClipSize size, Sampling sampling, Acceleration acceleration) {
    /**
     * The same for another prompt.
     *
     * @param of what the clip shows
     * @return a copy
     */
    public GenerationRequest with(Prompt of) {
        return new GenerationRequest(of, size, sampling, acceleration);
    }

    /**
     * The same for another size.
     *
     * @param of the clip
     * @return a copy
     */
    public GenerationRequest with(ClipSize of) {
        return new GenerationRequest(prompt, of, sampling, acceleration);
    }

    /**
     * The same, sampled in another way.
     *
     * @param by the way
     * @return a copy
     */
    public GenerationRequest with(Sampling by) {
        return new GenerationRequest(prompt, size, by, acceleration);
    }

    /**
     * The same, made cheaper in another way.
     *
     * @param by the way
     * @return a copy
     */
    public GenerationRequest with(Acceleration by) {
        return new GenerationRequest(prompt, size, sampling, by);
    }

    /**
     * The same with a negative prompt, which only guidance heeds.
     *
     * @param text what to keep away from
     * @return a copy
     */
    public GenerationRequest withNegativePrompt(String text) {
        return with(prompt.withNegative(text));
    }

    /**
     * The same with pictures that the clip begins or ends with, such as
     * {@code pipeline.request("a cat walks").withImages(ImagePrompt.of(image)).with(pipeline.sizeFor(image))}, where the image is an
     * {@link dvdquant.core.image.RgbImage}; {@code ImageFile.read} of the module {@code dvdquant-video} makes one of a PNG, JPEG or WebP file.
     *
     * @param images that the model takes
     * @return a copy
     */
    public GenerationRequest withImages(ImagePrompt images) {
        return with(prompt.withImages(images));
    }

    /**
     * The same in another number of steps.
     *
     * @param count 1 or more
     * @return a copy
     * @throws dvdquant.core.InputException if it is less, or too large
     */
    public GenerationRequest withSteps(int count) {
        return with(sampling.withSteps(count));
    }

    /**
     * The same with another guidance.
     *
     * @param value of {@link Guidance#with}
     * @return a copy
     * @throws dvdquant.core.InputException if it is negative or not finite
     */
    public GenerationRequest withGuidance(double value) {
        return with(sampling.withGuidance(sampling.guidance().with(value)));
    }

    /**
     * The same with true guidance beside the model's input.
     *
     * @param scale of {@link Guidance#withTrue}
     * @return a copy
     * @throws dvdquant.core.InputException if the model takes no guidance as an input, or it is negative or not finite
     */
    public GenerationRequest withTrueGuidance(double scale) {
        return with(sampling.withGuidance(sampling.guidance().withTrue(scale)));
    }

    /**
     * The same for another size.
     *
     * @param frames of the clip
     * @param height in pixels
     * @param width in pixels
     * @return a copy
     */
    public GenerationRequest withSize(int frames, int height, int width) {
        return with(new ClipSize(frames, height, width));
    }

    /**
     * The same from other noise.
     *
     * @param number the noise's seed
     * @return a copy
     */
    public GenerationRequest withSeed(long number) {
        return with(sampling.withSeed(number));
    }

    /**
     * The same with other bits of the activations.
     *
     * @param bits over the steps
     * @return a copy
     */
    public GenerationRequest withActivations(BitPlan bits) {
        return with(acceleration.withActivations(bits));
    }

    /**
     * Whether there is a second pass, with the negative prompt.
     *
     * @return whether guidance's scale is above 1
     */
    public boolean guided() {
        return sampling.guidance().isGuided();
    }

    /**
     * What is to be encoded: the prompt and, if the request is guided, the negative prompt.
     *
     * @return one text, or two
     */
    public List<String> texts() {
        return guided() ? List.of(prompt.text(), prompt.negative()) : List.of(prompt.text());
    }
}
