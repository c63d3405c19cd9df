package dvdquant.models.wan.vae;

import dvdquant.core.InputException;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.core.video.Video;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.Pixels;
import dvdquant.models.vae.Tiling;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Device;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Owned;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.natives.MappedBlocks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The video autoencoder of Wan 2.1, and that of Wan 2.2's model of 5 billion weights. A clip of 1 + 4 k frames of 8 h × 8 w pixels, or 16 h × 16 w,
 * is 1 + k latents of h × w; both ways run chunk by chunk, a latent each. Computes in F32, whatever the checkpoint's type. Owns its weights; the
 * decoder's and the encoder's are each loaded when first needed. To be used by one thread at a time.
 *
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, AutoencoderKLWan</a>
 */
public final class AutoencoderKLWan implements Autoencoder {
    private final VaeConfig config;
    private final WeightLoader weights;
    private final Kernels kernels;
    private Owned<VaeDecoder> decoder;
    private Owned<VaeEncoder> encoder;

    private AutoencoderKLWan(VaeConfig config, WeightLoader weights, Kernels kernels) {
        this.config = config;
        this.weights = weights;
        this.kernels = kernels;
    }

    /**
     * @param vaeFolder with {@code config.json} and the weights
     * @param sources of the weights
     * @param kernels of the device that computes; in use until this is closed
     * @throws InputException if they cannot be read, are not of Wan's kind, or do not fit each other
     */
    public static AutoencoderKLWan open(Path vaeFolder, TensorSource.Opener sources, Kernels kernels) {
        VaeConfig config = VaeConfig.read(vaeFolder.resolve("config.json"));
        return new AutoencoderKLWan(config, WeightLoader.open(vaeFolder, VaeTensors.layout(config), sources), kernels);
    }

    public VaeConfig config() {
        return config;
    }

    /**
     * Decodes latents as a sampler leaves them: normalized by the configuration's means and deviations. Loads the decoder if this is the first
     * time.
     *
     * @param latents [1, z, f, h, w], F32
     * @param frames gets the clip in order, [1, 3, 1 or 4, height, width], F32 in [−1, 1]; each tensor is freed when it returns.
     *               With tiles, only after the last of them
     */
    public void decode(Tensor latents, Tiling tiling, Progress progress, Consumer<Tensor> frames) {
        decode(latents, tiling, progress, Pixels.FLOATS, frames);
    }

    /** {@link #decode} to bytes: (x + 1) · 127.5, rounded to the nearest, ties to even. */
    @Override
    public Video decodeVideo(Tensor latents, Tiling tiling, Progress progress) {
        var frames = new ArrayList<byte[]>();
        decode(latents, tiling, progress, Pixels.BYTES, chunk -> frames.addAll(Pixels.toBytes(chunk)));
        var clip = config.geometry().clip(latents.shape());
        return new Video(clip.width(), clip.height(), frames);
    }

    private void decode(Tensor latents, Tiling tiling, Progress progress, Pixels pixels, Consumer<Tensor> frames) {
        config.geometry().requireLatents(latents);
        try (var _ = MappedBlocks.open(kernels.device().isCpu()); var _ = TensorScope.open()) {
            if (decoder == null) decoder = Owned.of(() -> VaeTensors.decoder(config, weights, kernels));
            Tensor z = latents.multiply(perChannel(config.latentsStd())).add(perChannel(config.latentsMean()))
                    .to(kernels.device());
            new ClipDecoding(config, decoder.value(), z, pixels, progress).run(tiling, frames);
        }
    }

    private static Tensor perChannel(List<Double> values) {
        var floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return Tensor.ofFloats(floats, 1, floats.length, 1, 1, 1);
    }

    /**
     * Encodes a clip to the mode of its latent distribution, not normalized.
     *
     * @param clip [1, 3, 1 + 4 k, height, width], F32 in [−1, 1]
     * @return [1, z, 1 + k, h, w], F32
     * @throws InputException if the sizes are others
     */
    @Override
    public Tensor encode(Tensor clip, Tiling tiling, Progress progress) {
        config.geometry().requireVideo(clip);
        try (var _ = MappedBlocks.open(kernels.device().isCpu()); var scope = TensorScope.open()) {
            if (encoder == null) encoder = Owned.of(() -> VaeTensors.encoder(config, weights, kernels));
            return scope.keep(new ClipEncoding(encoder.value(), clip.to(kernels.device()), progress).run(tiling));
        }
    }

    /**
     * What {@link #encode} made, as a sampler has latents: normalized by the configuration's means and deviations.
     *
     * @param mode [1, z, f, h, w], F32
     * @return the same shape, on the CPU
     */
    public Tensor normalized(Tensor mode) {
        return mode.to(Device.CPU).subtract(perChannel(config.latentsMean())).divide(perChannel(config.latentsStd()));
    }

    /** Frees the weights. */
    @Override
    public void close() {
        if (decoder != null) decoder.close();
        if (encoder != null) encoder.close();
        weights.close();
    }
}
