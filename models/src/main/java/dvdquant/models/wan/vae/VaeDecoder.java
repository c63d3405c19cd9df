package dvdquant.models.wan.vae;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/**
 * From latents to pixels.
 *
 * @param midBlock at the latents' size, with the widest channels
 * @param upBlocks the levels, each but the last followed by its upsampling
 * @param head to red, green and blue
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, autoencoder_kl_wan.py, WanDecoder3d</a>
 */
record VaeDecoder(CausalConv postQuantConv, CausalConv convIn, List<Layer> midBlock, List<Layer> upBlocks,
        NormSiluConv head) {
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
     * @param chunks gets [1, 3, 1 or 4, 8 h, 8 w], not clamped
     */
    void decode(Tensor latents, Chunks chunks) {
        try (var cache = new FeatureCache()) {
            long frame = 0;
            for (long f = 0; f < latents.dim(2); f++) {
                try (var _ = TensorScope.open()) {
                    Tensor pixels = forward(latents.narrow(2, f, 1).channelsLast3d(), cache);
                    chunks.accept(frame, pixels);
                    frame += pixels.dim(2);
                }
                cache.endChunk();
            }
        }
    }

    /** [1, z, 1, h, w] → [1, 3, 1 or 4, 8 h, 8 w]. */
    private Tensor forward(Tensor latent, FeatureCache cache) {
        return Layer.chain(latent, List.of(
                x -> postQuantConv.forward(x, cache), // [1, z, 1, h, w]
                x -> convIn.forward(x, cache), // [1, c, 1, h, w], c the widest
                x -> Layer.forward(x, midBlock, cache),
                x -> Layer.forward(x, upBlocks, cache), // [1, decoderBaseDim, 1 or 4, 8 h, 8 w]
                x -> head.forward(x, cache)));
    }
}
