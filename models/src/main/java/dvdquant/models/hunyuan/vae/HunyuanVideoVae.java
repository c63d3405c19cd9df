package dvdquant.models.hunyuan.vae;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.vae.AutoencoderModel;
import dvdquant.models.vae.LatentGeometry;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Kernels;

import java.nio.file.Path;

/** The autoencoder of HunyuanVideo, by its configuration. */
public record HunyuanVideoVae(VaeConfig config) implements AutoencoderModel {
    /** The pixels of a frame of which 17 are decoded as a whole in about 14 GiB. */
    private static final long MOST_PIXELS_AS_A_WHOLE = 832L * 480;

    /**
     * @param folder of the component
     * @throws dvdquant.core.InputException if its configuration is of another autoencoder
     */
    public static HunyuanVideoVae read(Path folder) {
        return new HunyuanVideoVae(VaeConfig.read(folder.resolve("config.json")));
    }

    @Override
    public LatentGeometry geometry() {
        return config.geometry();
    }

    @Override
    public TensorLayout layout() {
        return VaeTensors.layout(config);
    }

    /** Of the frame; in time tiles are all that there is. */
    @Override
    public Tiling tiling(long height, long width) {
        return Tiling.above(MOST_PIXELS_AS_A_WHOLE, height, width);
    }

    /** Estimated from the shapes of the layers. */
    @Override
    public long decodeBytes(Shape latents, Tiling tiling, Kernels kernels) {
        return DecodeMemory.peakBytes(config, latents, tiling, kernels.device());
    }

    @Override
    public long decoderBytes(Kernels kernels) {
        return VaeTensors.decoderBytes(config, kernels);
    }

    /** Estimated from the shapes of the layers. */
    @Override
    public long encodeBytes(ClipSize clip, Tiling tiling, Kernels kernels) {
        return EncodeMemory.peakBytes(config, clip, tiling, kernels.device());
    }

    @Override
    public long encoderBytes(Kernels kernels) {
        return VaeTensors.encoderBytes(config, kernels);
    }

    @Override
    public AutoencoderKLHunyuanVideo open(Path folder, TensorSource.Opener sources, Kernels kernels) {
        return AutoencoderKLHunyuanVideo.open(folder, sources, kernels);
    }
}
