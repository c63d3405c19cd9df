package dvdquant.models.wan.vae;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/**
 * From latents to pixels, or to the squares of pixels that {@link Patchify} makes.
 *
 * @param layers {@code post_quant_conv}, {@code conv_in}, the middle at the latents' size with the widest channels, the levels, each but the
 *               last with its upsampling, and the head to the colors
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, autoencoder_kl_wan.py, WanDecoder3d</a>
 */
record VaeDecoder(List<Layer> layers) {
    /** Takes the chunks of a clip; the tensor is the giver's, and freed when this returns. */
    @FunctionalInterface
    interface Chunks {
        /**
         * @param firstFrame of the chunk, in the clip
         * @param chunk [1, channels, frames, height, width]
         */
        void accept(long firstFrame, Tensor chunk);
    }

    /**
     * Decodes a clip latent by latent: the first gives one frame, each other four.
     *
     * @param latents [1, z, f, h, w], not normalized
     * @param chunks gets [1, colors, 1 or 4, 8 h, 8 w], not clamped
     */
    void decode(Tensor latents, Chunks chunks) {
        try (var cache = new FeatureCache()) {
            long frame = 0;
            for (long f = 0; f < latents.dim(2); f++) {
                try (var _ = TensorScope.open()) {
                    Tensor pixels = Layer.forward(latents.narrow(2, f, 1).channelsLast3d(), layers, cache);
                    chunks.accept(frame, pixels);
                    frame += pixels.dim(2);
                }
                cache.endChunk();
            }
        }
    }
}
