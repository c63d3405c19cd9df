package dvdquant.models.wan.vae;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/**
 * From pixels to latents.
 *
 * @param config of the autoencoder
 * @param layers {@code conv_in}, the levels, each but the last with its downsampling, the middle at the latents' size with the widest
 *               channels, the head to the 2 z channels of a latent distribution (means, then the logarithms of variances), and
 *               {@code quant_conv}
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, autoencoder_kl_wan.py, WanEncoder3d</a>
 */
record VaeEncoder(VaeConfig config, List<Layer> layers) {
    /**
     * Encodes a clip: its first frame, then four by four.
     *
     * @param video [1, 3, 4 k + 1, height, width]
     * @return [1, z, k + 1, h, w]: the means, not normalized
     */
    Tensor encode(Tensor video, Runnable afterChunk) {
        Tensor mode = Tensor.empty(video.device(), ElementType.F32, config.geometry().latents(video.shape()).dims());
        try (var cache = new FeatureCache()) {
            for (long f = 0; f < mode.dim(2); f++) {
                try (var _ = TensorScope.open()) {
                    Tensor moments = Layer.forward(chunk(video, f), layers, cache);
                    mode.narrow(2, f, 1).copyFrom(moments.narrow(1, 0, config.zDim()));
                }
                cache.endChunk();
                afterChunk.run();
            }
        }
        return mode;
    }

    /** [1, colors, 1 or 4, 8 h, 8 w]. */
    private Tensor chunk(Tensor video, long latentFrame) {
        long frames = VaeConfig.FRAMES_PER_LATENT;
        Tensor pixels = latentFrame == 0
                ? video.narrow(2, 0, 1)
                : video.narrow(2, 1 + (latentFrame - 1) * frames, frames);
        return Patchify.patchify(pixels, config.patchSize()).channelsLast3d();
    }
}
