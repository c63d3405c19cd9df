package dvdquant.models.pipeline;

import dvdquant.core.format.Shape;
import dvdquant.core.video.Video;
import dvdquant.tensor.ComputeDevice;

/** A model, or the part of one, that turns latents into clips. */
public interface ClipDecoder extends AutoCloseable {
    /**
     * What the model's clips are like unless one asks for something else.
     *
     * @return sizes, steps, guidance, frames a second
     */
    GenerationDefaults defaults();

    /**
     * What computes.
     *
     * @return the device that was given, or the decoder's own
     */
    ComputeDevice device();

    /**
     * The clip that latents of this shape decode to.
     *
     * @param latents [1, channels, frames, height, width]
     * @return frames and pixels
     * @throws dvdquant.core.InputException if they are not this model's
     */
    ClipSize clipSize(Shape latents);

    /**
     * What the decoding of latents of this shape needs of memory, beside what there is.
     *
     * @param latents [1, channels, frames, height, width]
     * @return one phase, by what is loaded now
     */
    MemoryPlan decodePlan(Shape latents);

    /**
     * Latents → clip.
     *
     * @param latents normalized, as the sampler leaves them
     * @param listener hears how far it is, on this thread
     * @param cancellation ends it from another thread, with a {@link java.util.concurrent.CancellationException}
     * @return frames of 8-bit RGB
     * @throws dvdquant.core.InputException if there is not enough memory, even to decode in tiles
     */
    Video decode(Latents latents, PipelineListener listener, Cancellation cancellation);

    @Override
    void close();
}
