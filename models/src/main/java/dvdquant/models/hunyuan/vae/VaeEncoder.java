package dvdquant.models.hunyuan.vae;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/**
 * From pixels to latents.
 *
 * @param layers {@code conv_in}, the levels, each but the last followed by its downsampling, the middle at the latents' size with the widest
 *               channels, the head to the 2 z channels of a latent distribution (means, then the logarithms of variances), and
 *               {@code quant_conv}
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, autoencoder_kl_hunyuan_video.py, HunyuanVideoEncoder3D</a>
 */
record VaeEncoder(List<Layer> layers) {
    /**
     * All frames at once: the norms are over all of them.
     *
     * @param video [1, 3, 4 k + 1, 8 h, 8 w]
     * @return [1, z, k + 1, h, w]: the means
     */
    Tensor encode(Tensor video, Runnable afterLayer) {
        try (var scope = TensorScope.open()) {
            Tensor moments = Layer.forward(video.channelsLast3d(), layers, afterLayer);
            return scope.keep(moments.narrow(1, 0, moments.dim(1) / 2).copy());
        }
    }
}
