package dvdquant.models.pipeline;

import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.format.ElementType;
import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;
import dvdquant.core.video.Video;
import dvdquant.models.prompts.ImageInput;
import dvdquant.models.schedule.FlowShift;
import dvdquant.tensor.Abilities;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A model in a folder that makes video of text, and of pictures where it takes them. {@link #generate} does all; its three parts can be called one by one, to save the latents in
 * between or to encode many prompts at once. Several threads may use it: their clips share the weights and take turns on the device,
 * step by step; but those whose layers compute in another way ({@link BitPlan.Full}) wait until the others end.
 */
public interface VideoPipeline extends ClipDecoder {
    /**
     * The type that the text encoder and the transformer compute in, and why.
     *
     * @return chosen when it was opened
     */
    ComputeType computeType();

    /**
     * The type that the text encoder and the transformer compute in.
     *
     * @return F32 or BF16
     */
    default ElementType dtype() {
        return computeType().type();
    }

    /**
     * The parts that predict the flow, in the order of their steps.
     *
     * @return names of components: one, or two of which the second takes the last steps
     */
    List<String> transformers();

    /**
     * How a transformer is quantized; empty in full precision.
     *
     * @param transformer of {@link #transformers}
     * @return as its configuration says
     */
    Optional<QuantizedFormat> quantization(String transformer);

    /**
     * How the first transformer that is quantized is; empty in full precision.
     *
     * @return as its configuration says
     */
    default Optional<QuantizedFormat> quantization() {
        return transformers().stream().flatMap(transformer -> quantization(transformer).stream()).findFirst();
    }

    /**
     * What large text encoders multiply in.
     *
     * @return as in {@code BF16} or {@code W8A8}
     */
    String textPrecision();

    /**
     * Threads to compute with.
     *
     * @return the device's
     */
    int threads();

    /**
     * What the device computes in, and how.
     *
     * @return the device's
     */
    Abilities abilities();

    /**
     * A request with the model's defaults, seed 0 and no negative prompt.
     *
     * @param prompt what the clip shows
     * @return to be changed by its {@code with…}
     * @throws dvdquant.core.InputException if the prompt is blank
     */
    default GenerationRequest request(String prompt) {
        GenerationDefaults d = defaults();
        return new GenerationRequest(new Prompt(prompt), new ClipSize(d.frames(), d.height(), d.width()),
                new Sampling(d.steps(), d.guidance()), Acceleration.defaults());
    }

    /**
     * Checks a request without doing anything of it.
     *
     * @param request to be checked
     * @throws dvdquant.core.InputException if the model cannot take it
     */
    void check(GenerationRequest request);

    /**
     * What pictures its clips begin and end with.
     *
     * @return by the model's configuration
     */
    ImageInput images();

    /**
     * What the height and the width of its clips must be multiples of.
     *
     * @return what the VAE shrinks a side by, times the side of a patch
     */
    int sideMultiple();

    /**
     * The size of a clip in the shape of a picture that it begins with, at the area of the model's own clips.
     *
     * @param image of any size
     * @return with the model's own number of frames, the sides rounded down to {@link #sideMultiple}
     */
    default ClipSize sizeFor(RgbImage image) {
        GenerationDefaults d = defaults();
        ImageSize size = image.size().atArea((long) d.height() * d.width(), sideMultiple());
        return new ClipSize(d.frames(), size.height(), size.width());
    }

    /**
     * How steps are skipped, with the model's own threshold and habit where the request gives none.
     *
     * @param request that may ask for it
     * @return with all given; empty if the request skips nothing
     * @throws dvdquant.core.InputException if neither has a threshold
     */
    Optional<TeaCache> cache(GenerationRequest request);

    /**
     * The shift of the noise levels: the request's, or the scheduler's own.
     *
     * @param request that may give one
     * @return the shift, and why
     */
    FlowShift flowShift(GenerationRequest request);

    /**
     * The share of the time from which downwards the second transformer takes the steps: the request's, or the model's own.
     *
     * @param request that may give one
     * @return from 0 to 1; empty where there is one transformer
     */
    OptionalDouble boundary(GenerationRequest request);

    /**
     * What the request needs of memory, beside what there is.
     *
     * @param request to be planned
     * @return its phases, by what is loaded now
     */
    MemoryPlan plan(GenerationRequest request);

    /**
     * Prompt → clip.
     *
     * @param request what to generate
     * @param listener hears how far it is, on this thread
     * @param cancellation ends it from another thread, with a {@link java.util.concurrent.CancellationException}
     * @return frames of 8-bit RGB
     * @throws dvdquant.core.InputException if the model cannot take it, or there is not enough memory
     */
    default Video generate(GenerationRequest request, PipelineListener listener, Cancellation cancellation) {
        check(request);
        plan(request).requireFits();
        Latents latents = sample(request, encode(request, listener, cancellation), listener, cancellation);
        return decode(latents, listener, cancellation);
    }

    /**
     * Texts → what the transformer is conditioned on, all with one pass over the encoders' weights, which are then freed.
     *
     * @param texts prompts, and negative prompts
     * @param listener hears how far it is, on this thread
     * @param cancellation ends it from another thread, with a {@link java.util.concurrent.CancellationException}
     * @return of each text, in their order
     */
    List<Conditioning> encode(List<String> texts, PipelineListener listener, Cancellation cancellation);

    /**
     * Pictures → what the transformer is conditioned on besides the texts, all with one pass over the encoders' weights, which are then freed.
     *
     * @param requests with pictures, which become frames of the requests' sizes
     * @param listener hears how far it is, on this thread
     * @param cancellation ends it from another thread, with a {@link java.util.concurrent.CancellationException}
     * @return of each request, in their order
     * @throws dvdquant.core.InputException if they are none that the model takes, or there is not enough memory
     */
    List<Conditioning> encodeImages(List<GenerationRequest> requests, PipelineListener listener,
            Cancellation cancellation);

    /**
     * The prompt of one request, encoded.
     *
     * @param request whose texts and pictures are encoded
     * @param listener hears how far it is, on this thread
     * @param cancellation ends it from another thread, with a {@link java.util.concurrent.CancellationException}
     * @return with the negative prompt if the request is guided
     */
    default EncodedPrompt encode(GenerationRequest request, PipelineListener listener, Cancellation cancellation) {
        return EncodedPrompts.of(List.of(request), this, listener, cancellation).of(request);
    }

    /**
     * An encoded prompt → latents.
     *
     * @param request that the prompt is of
     * @param prompt with the negative prompt, if the request is guided
     * @param listener hears how far it is, on this thread
     * @param cancellation ends it from another thread, with a {@link java.util.concurrent.CancellationException}
     * @return normalized, as {@link #decode} takes them
     * @throws dvdquant.core.InputException if the model cannot take it, or there is not enough memory
     * @throws IllegalStateException if values are no longer finite
     */
    Latents sample(GenerationRequest request, EncodedPrompt prompt, PipelineListener listener,
            Cancellation cancellation);

    /** Waits for the clips that are being sampled, and frees the weights; whatever else is asked for from now on fails. */
    @Override
    void close();
}
