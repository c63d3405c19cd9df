package dvdquant.models.pipeline;

import dvdquant.core.format.Shape;
import dvdquant.core.video.Video;
import dvdquant.tensor.ComputeDevice;

/** A model, or the part of one, that turns latents into clips. */
public interface ClipDecoder extends AutoCloseable {
    GenerationDefaults defaults();

    /** What computes. */
    ComputeDevice device();

    /**
     * The clip that latents of this shape decode to.
     *
     * @throws dvdquant.core.InputException if they are not this model's
     */
    ClipSize clipSize(Shape latents);

    /** What the decoding of latents of this shape needs of memory, beside what there is. */
    MemoryPlan decodePlan(Shape latents);

    /**
     * Latents → clip.
     *
     * @throws dvdquant.core.InputException if there is not enough memory, even to decode in tiles
     */
    Video decode(Latents latents, PipelineListener listener, Cancellation cancellation);

    @Override
    void close();
}
