package dvdquant.models.wan.vae;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.vae.AutoencoderModel;
import dvdquant.models.vae.LatentGeometry;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Kernels;

import java.nio.file.Path;

/** The autoencoder of Wan 2.1 or 2.2, by its configuration. */
public record WanVae(VaeConfig config) implements AutoencoderModel {
    /** The pixels of a frame that is decoded as a whole in about 7 GiB by Wan 2.1's, and in less by Wan 2.2's. */
    private static final long MOST_PIXELS_AS_A_WHOLE = 832L * 480;

    /**
     * @param folder of the component
     * @throws dvdquant.core.InputException if its configuration is of another autoencoder
     */
    public static WanVae read(Path folder) {
        return new WanVae(VaeConfig.read(folder.resolve("config.json")));
    }

    @Override
    public LatentGeometry geometry() {
        return config.geometry();
    }

    @Override
    public TensorLayout layout() {
        return VaeTensors.layout(config);
    }

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
    public AutoencoderKLWan open(Path folder, TensorSource.Opener sources, Kernels kernels) {
        return AutoencoderKLWan.open(folder, sources, kernels);
    }
}
