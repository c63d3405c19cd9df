package dvdquant.models.hunyuan.vae;

import dvdquant.tensor.Tensor;

import java.util.List;

/**
 * From latents to pixels.
 *
 * @param layers {@code post_quant_conv}, {@code conv_in}, the middle at the latents' size with the widest channels, the levels, each but the
 *               last followed by its upsampling, and the head to red, green and blue
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, autoencoder_kl_hunyuan_video.py, HunyuanVideoDecoder3D</a>
 */
record VaeDecoder(List<Layer> layers) {
    /**
     * All frames at once: the norms are over all of them.
     *
     * @param latents [1, z, f, h, w], not scaled
     * @return [1, 3, 1 + 4 (f − 1), 8 h, 8 w], not clamped
     */
    Tensor decode(Tensor latents, Runnable afterLayer) {
        return Layer.forward(latents.channelsLast3d(), layers, afterLayer);
    }
}
