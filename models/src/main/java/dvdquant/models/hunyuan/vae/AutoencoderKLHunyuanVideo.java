package dvdquant.models.hunyuan.vae;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.core.video.Video;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.Pixels;
import dvdquant.models.vae.Tiling;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Owned;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.natives.MappedBlocks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.function.Consumer;

/**
 * The video autoencoder of HunyuanVideo. A clip of 1 + 4 k frames of 8 h × 8 w pixels is 1 + k latents of h × w; both ways run in tiles of 17
 * frames, as diffusers does by default: each is normed by itself, so that a clip as a whole would be another. Computes in F32, whatever the
 * checkpoint's type. Owns its weights; the decoder's and the encoder's are each loaded when first needed. To be used by one thread at a time.
 *
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, AutoencoderKLHunyuanVideo</a>
 */
public final class AutoencoderKLHunyuanVideo implements Autoencoder {
    private final VaeConfig config;
    private final WeightLoader weights;
    private final Kernels kernels;
    private Owned<VaeDecoder> decoder;
    private Owned<VaeEncoder> encoder;

    private AutoencoderKLHunyuanVideo(VaeConfig config, WeightLoader weights, Kernels kernels) {
        this.config = config;
        this.weights = weights;
        this.kernels = kernels;
    }

    /**
     * @param vaeFolder with {@code config.json} and the weights
     * @param sources of the weights
     * @param kernels of the device that computes; in use until this is closed
     * @throws InputException if they cannot be read, are not of HunyuanVideo's kind, or do not fit each other
     */
    public static AutoencoderKLHunyuanVideo open(Path vaeFolder, TensorSource.Opener sources, Kernels kernels) {
        VaeConfig config = VaeConfig.read(vaeFolder.resolve("config.json"));
        return new AutoencoderKLHunyuanVideo(config, WeightLoader.open(vaeFolder, VaeTensors.layout(config), sources),
                kernels);
    }

    public VaeConfig config() {
        return config;
    }

    /**
     * Decodes latents as a sampler leaves them: multiplied by the configuration's scaling factor.
     *
     * @param latents [1, z, f, h, w], F32
     * @param frames gets the clip in order, [1, 3, up to 13, 8 h, 8 w], F32 in [−1, 1]; each tensor is freed when it returns
     */
    public void decode(Tensor latents, Tiling tiling, Progress progress, Consumer<Tensor> frames) {
        values(latents, tiling, progress, some -> frames.accept(Pixels.FLOATS.of(some).contiguous()));
    }

    /** {@link #decode} to bytes: (x + 1) · 127.5, rounded to the nearest, ties to even. The chunks of the progress are layers. */
    @Override
    public Video decodeVideo(Tensor latents, Tiling tiling, Progress progress) {
        var frames = new ArrayList<byte[]>();
        values(latents, tiling, progress, some -> frames.addAll(Pixels.toBytes(Pixels.BYTES.of(some))));
        var clip = config.geometry().clip(latents.shape());
        return new Video(clip.width(), clip.height(), frames);
    }

    /** {@link #decode} without clamping. */
    void values(Tensor latents, Tiling tiling, Progress progress, Consumer<Tensor> frames) {
        config.geometry().requireLatents(latents);
        try (var _ = MappedBlocks.open(kernels.device().isCpu()); var _ = TensorScope.open()) {
            if (decoder == null) decoder = Owned.of(() -> VaeTensors.decoder(config, weights, kernels));
            Tensor z = latents.multiply(1 / config.scalingFactor()).to(kernels.device());
            new ClipDecoding(decoder.value(), z, progress).run(tiling, frames);
        }
    }

    /**
     * Encodes a clip to the mode of its latent distribution, not scaled. The chunks of the progress are layers.
     *
     * @param clip [1, 3, 1 + 4 k, 8 h, 8 w], F32 in [−1, 1]
     * @return [1, z, 1 + k, h, w], F32
     * @throws InputException if the sizes are others
     */
    @Override
    public Tensor encode(Tensor clip, Tiling tiling, Progress progress) {
        config.geometry().requireVideo(clip);
        try (var _ = MappedBlocks.open(kernels.device().isCpu()); var scope = TensorScope.open()) {
            if (encoder == null) encoder = Owned.of(() -> VaeTensors.encoder(config, weights, kernels));
            return scope.keep(new ClipEncoding(config, encoder.value(), clip.to(kernels.device()), progress)
                    .run(tiling));
        }
    }

    /** Frees the weights. */
    @Override
    public void close() {
        if (decoder != null) decoder.close();
        if (encoder != null) encoder.close();
        weights.close();
    }
}
