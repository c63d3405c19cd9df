package dvdquant.models.wan.vae;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/**
 * From pixels to latents.
 *
 * @param downBlocks the levels, each but the last followed by its downsampling
 * @param midBlock at the latents' size, with the widest channels
 * @param head to the 2 z channels of a latent distribution: means, then the logarithms of variances
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, autoencoder_kl_wan.py, WanEncoder3d</a>
 */
record VaeEncoder(CausalConv convIn, List<Layer> downBlocks, List<Layer> midBlock, NormSiluConv head,
        CausalConv quantConv) {
    /**
     * Encodes a clip: its first frame, then four by four.
     *
     * @param video [1, 3, 4 k + 1, 8 h, 8 w]
     * @return [1, z, k + 1, h, w]: the means, not normalized
     */
    Tensor encode(Tensor video, int zDim) {
        long pixels = VaeConfig.PIXELS_PER_LATENT;
        long frames = VaeConfig.FRAMES_PER_LATENT;
        long latentFrames = 1 + (video.dim(2) - 1) / frames;
        Tensor mode = Tensor.empty(video.device(), ElementType.F32, 1, zDim, latentFrames, video.dim(3) / pixels,
                video.dim(4) / pixels);
        try (var cache = new FeatureCache()) {
            for (long f = 0; f < latentFrames; f++) {
                try (var _ = TensorScope.open()) {
                    Tensor chunk = f == 0 ? video.narrow(2, 0, 1) : video.narrow(2, 1 + (f - 1) * frames, frames);
                    Tensor moments = forward(chunk.channelsLast3d(), cache);
                    mode.narrow(2, f, 1).copyFrom(moments.narrow(1, 0, zDim));
                }
                cache.endChunk();
            }
        }
        return mode;
    }

    /** [1, 3, 1 or 4, 8 h, 8 w] → [1, 2 z, 1, h, w]. */
    private Tensor forward(Tensor chunk, FeatureCache cache) {
        return Layer.chain(chunk, List.of(
                x -> convIn.forward(x, cache), // [1, baseDim, 1 or 4, 8 h, 8 w]
                x -> Layer.forward(x, downBlocks, cache), // [1, c, 1, h, w], c the widest
                x -> Layer.forward(x, midBlock, cache),
                x -> head.forward(x, cache), // [1, 2 z, 1, h, w]
                x -> quantConv.forward(x, cache)));
    }
}
