package dvdquant.models.diffusion;

import dvdquant.core.format.Shape;

/** How much a transformer has in its hands at once, by its configuration: what the memory of a step is planned by. */
public interface TransformerSizes {
    /** Of latents of this shape, and of all else that goes through the blocks with them. */
    long tokens(Shape latents);

    /** Channels of the residual stream. */
    int width();

    /** Channels of the widest input of a quantized layer. */
    int widestInput();

    /** Channels that a token has at a block's widest moment, in the type to compute in: the residual stream and all that is made of it. */
    long channelsAtOnce();

    /** Bytes of what is made once for all steps. */
    long preparedBytes(Shape latents);

    /** Tensors as large as the residual stream that are kept from step to step, so that forwards can be skipped: what the blocks added. */
    default int keptToSkip() {
        return 1;
    }
}
