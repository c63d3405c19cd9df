package dvdquant.models.pipeline;

import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.format.ElementType;
import dvdquant.core.video.Video;
import dvdquant.tensor.Abilities;

import java.util.List;
import java.util.Optional;

/**
 * A text-to-video model in a folder. {@link #generate} does all; its three parts can be called one by one, to save the latents in
 * between or to encode many prompts at once. Several threads may use it: their clips share the weights and take turns on the device,
 * step by step; but those whose layers compute in another way ({@link BitPlan.Full}) wait until the others end.
 */
public interface VideoPipeline extends ClipDecoder {
    /** The type that the text encoder and the transformer compute in, and why. */
    ComputeType computeType();

    default ElementType dtype() {
        return computeType().type();
    }

    /** How the transformer is quantized; empty in full precision. */
    Optional<QuantizedFormat> quantization();

    /** What large text encoders multiply in, as in {@code BF16} or {@code W8A8}. */
    String textPrecision();

    /** Threads to compute with. */
    int threads();

    /** What the device computes in, and how. */
    Abilities abilities();

    /** A request with the model's defaults, seed 0 and no negative prompt. */
    default GenerationRequest request(String prompt) {
        GenerationDefaults d = defaults();
        return new GenerationRequest(new Prompt(prompt), new ClipSize(d.frames(), d.height(), d.width()),
                new Sampling(d.steps(), d.guidance()), Acceleration.defaults());
    }

    /**
     * Checks a request without doing anything of it.
     *
     * @throws dvdquant.core.InputException if the model cannot take it
     */
    void check(GenerationRequest request);

    /**
     * How steps are skipped, with the model's own threshold and habit where the request gives none.
     *
     * @throws dvdquant.core.InputException if neither has a threshold
     */
    Optional<TeaCache> cache(GenerationRequest request);

    /** The shift of the noise levels: the request's, or the scheduler's own. */
    double flowShift(GenerationRequest request);

    /** What the request needs of memory, beside what there is. */
    MemoryPlan plan(GenerationRequest request);

    /** Prompt → clip. */
    default Video generate(GenerationRequest request, PipelineListener listener, Cancellation cancellation) {
        check(request);
        plan(request).requireFits();
        Latents latents = sample(request, encode(request, listener, cancellation), listener, cancellation);
        return decode(latents, listener, cancellation);
    }

    /** Texts → what the transformer is conditioned on, all with one pass over the encoders' weights, which are then freed. */
    List<Conditioning> encode(List<String> texts, PipelineListener listener, Cancellation cancellation);

    /** The texts of one request, encoded. */
    default EncodedPrompt encode(GenerationRequest request, PipelineListener listener, Cancellation cancellation) {
        return EncodedTexts.of(List.of(request), this, listener, cancellation).of(request);
    }

    /**
     * Encoded texts → latents.
     *
     * @param prompt with the negative prompt, if the request is guided
     */
    Latents sample(GenerationRequest request, EncodedPrompt prompt, PipelineListener listener,
            Cancellation cancellation);

    /** Waits for the clips that are being sampled, and frees the weights; whatever else is asked for from now on fails. */
    @Override
    void close();
}
