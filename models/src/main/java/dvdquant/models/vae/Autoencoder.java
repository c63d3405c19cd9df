package dvdquant.models.vae;

import dvdquant.core.video.Video;
import dvdquant.tensor.Tensor;

/** A video autoencoder: latents to clips, and back. Owns its weights. To be used by one thread at a time. */
public interface Autoencoder extends AutoCloseable {
    /** Hears how far a clip is; may throw to stop. */
    @FunctionalInterface
    interface Progress {
        /**
         * Called after each chunk.
         *
         * @param done chunks so far, of all tiles
         * @param total of the clip
         */
        void chunksDone(int done, int total);
    }

    /** @param latents [1, channels, frames, height, width], F32, as a sampler leaves them */
    Video decodeVideo(Tensor latents, Tiling tiling, Progress progress);

    /**
     * @param clip [1, 3, frames, height, width], F32 in [−1, 1]
     * @return the mode of its latents' distribution, not normalized, [1, channels, frames, height, width], F32
     * @throws dvdquant.core.InputException if the sizes are others
     */
    Tensor encode(Tensor clip, Tiling tiling, Progress progress);

    @Override
    void close();
}
