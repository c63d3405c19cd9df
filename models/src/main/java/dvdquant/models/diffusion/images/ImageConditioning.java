package dvdquant.models.diffusion.images;

import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.models.prompts.ImageInput;
import dvdquant.models.prompts.ImagePrompt;
import dvdquant.tensor.ComputeDevice;

import java.util.List;

/** How the pictures of a clip condition a model's transformers. Holds no weights. */
public interface ImageConditioning {
    /**
     * A clip that begins or ends with pictures.
     *
     * @param images its pictures
     * @param size of the frames that they become
     */
    record Pictured(ImagePrompt images, ClipSize size) {}

    /** Told how far it is, and what is not as one expects; may throw to cancel. */
    interface Listener {
        /**
         * Called before the first part, and after each.
         *
         * @param done parts so far
         * @param total of all clips
         */
        void partsDone(int done, int total);

        /**
         * Called once for what the user should know.
         *
         * @param warning a sentence
         */
        void onWarning(String warning);
    }

    /**
     * What pictures the model takes.
     *
     * @return by its configuration
     */
    ImageInput input();

    /**
     * What encoding pictures needs of a device's memory, besides what else is there.
     *
     * @param size of the clip
     * @param type to compute in
     * @param device that encodes
     * @param available bytes, by which it is chosen whether frames are encoded whole or in tiles
     * @return at its peak
     */
    List<Need> needs(ClipSize size, ElementType type, ComputeDevice device, long available);

    /**
     * Pictures → what a transformer is conditioned on, with one pass over the weights of each encoder, which are then freed.
     *
     * @param clips whose pictures were checked by {@link #input}
     * @param sources of the encoders' weights
     * @param type to compute in, where the encoder's type is not its own
     * @param device to run on
     * @param available bytes, as in {@link #needs}
     * @param listener hears how far it is
     * @return of each clip, in their order
     */
    List<Conditioning> encode(List<Pictured> clips, TensorSource.Opener sources, ElementType type, ComputeDevice device,
            long available, Listener listener);

    /**
     * Latents in which what pictures fix stands in place of what was sampled: before the first step, and after each.
     *
     * @param latents of a step
     * @param given what {@link #encode} made, with other parts
     * @return the same, if pictures fix none of them
     */
    default Latents imposed(Latents latents, Conditioning given) {
        return latents;
    }
}
