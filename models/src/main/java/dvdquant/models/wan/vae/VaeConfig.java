package dvdquant.models.wan.vae;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.json.JsonFile;
import dvdquant.models.vae.LatentGeometry;

import java.nio.file.Path;
import java.util.List;

/**
 * The shape of the autoencoder, under the keys of diffusers' {@code vae/config.json}. Always 8 pixels a latent along height and
 * width, and 4 frames a latent after the first.
 *
 * @param baseDim channels of the encoder's first level
 * @param decoderBaseDim channels of the decoder's last level
 * @param zDim channels of the latents
 * @param dimMult factors on the base channels, a level each, from the pixels inwards
 * @param numResBlocks residual blocks a level in the encoder; the decoder has one more
 * @param temperalDownsample whether the step from a level to the next halves the frames too
 * @param latentsMean of the training latents, a channel each
 * @param latentsStd of the training latents, a channel each
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, AutoencoderKLWan.__init__</a>
 */
public record VaeConfig(int baseDim, int decoderBaseDim, int zDim, List<Integer> dimMult, int numResBlocks,
        List<Boolean> temperalDownsample, List<Double> latentsMean, List<Double> latentsStd) {
    /** Pixels a latent, along height and along width. */
    public static final int PIXELS_PER_LATENT = 8;
    /** Frames a latent, but for the first latent, which is one frame. */
    public static final int FRAMES_PER_LATENT = 4;

    private static final int LEVELS = 4;
    private static final int HALVINGS_OF_FRAMES = 2;
    private static final int CHANNELS_OF_WAN = 16;
    // The defaults of diffusers' AutoencoderKLWan, for its 16 channels.
    private static final List<Double> MEAN_OF_WAN = List.of(-0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517,
            1.5508, 0.4134, -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921);
    private static final List<Double> STD_OF_WAN = List.of(2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052,
            2.0743, 3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160);

    /** Wan 2.1's. */
    public static final VaeConfig WAN21 = new VaeConfig(96, 96, CHANNELS_OF_WAN, List.of(1, 2, 4, 4), 2,
            List.of(false, true, true), MEAN_OF_WAN, STD_OF_WAN);

    /** @throws InputException naming the key that does not fit */
    public VaeConfig {
        require(baseDim > 0, "base_dim", baseDim, "1 or more");
        require(decoderBaseDim > 0 && decoderBaseDim % 2 == 0, "decoder_base_dim", decoderBaseDim, "an even number");
        require(zDim > 0, "z_dim", zDim, "1 or more");
        require(dimMult.size() == LEVELS && dimMult.stream().allMatch(factor -> factor > 0), "dim_mult", dimMult,
                LEVELS + " factors of 1 or more");
        require(numResBlocks > 0, "num_res_blocks", numResBlocks, "1 or more");
        require(temperalDownsample.size() == LEVELS - 1 && halvings(temperalDownsample) == HALVINGS_OF_FRAMES,
                "temperal_downsample", temperalDownsample,
                LEVELS - 1 + " flags, " + HALVINGS_OF_FRAMES + " of them true");
        require(latentsMean.size() == zDim, "latents_mean", latentsMean, "z_dim = " + zDim + " numbers");
        require(latentsStd.size() == zDim && latentsStd.stream().allMatch(std -> std > 0), "latents_std", latentsStd,
                "z_dim = " + zDim + " numbers greater than 0");
        dimMult = List.copyOf(dimMult);
        temperalDownsample = List.copyOf(temperalDownsample);
        latentsMean = List.copyOf(latentsMean);
        latentsStd = List.copyOf(latentsStd);
    }

    private static long halvings(List<Boolean> flags) {
        return flags.stream().filter(flag -> flag).count();
    }

    private static void require(boolean holds, String key, Object found, String expected) {
        if (!holds) throw new InputException("\"" + key + "\" is " + found + ", expected " + expected);
    }

    /**
     * @param file a {@code config.json}; what is absent has diffusers' default
     * @throws InputException if it cannot be read, or describes another autoencoder than Wan 2.1's
     */
    public static VaeConfig read(Path file) {
        JsonFile json = JsonFile.read(file);
        requireSupported(json);
        int baseDim = json.integer("base_dim", 96);
        int zDim = json.integer("z_dim", CHANNELS_OF_WAN);
        boolean ofWan = zDim == CHANNELS_OF_WAN;
        var dimMult = json.has("dim_mult") ? json.integers("dim_mult") : List.of(1, 2, 4, 4);
        var temperalDownsample = json.has("temperal_downsample")
                ? json.flags("temperal_downsample")
                : List.of(false, true, true);
        var mean = json.has("latents_mean") || !ofWan ? json.numbers("latents_mean") : MEAN_OF_WAN;
        var std = json.has("latents_std") || !ofWan ? json.numbers("latents_std") : STD_OF_WAN;
        try {
            return new VaeConfig(baseDim, json.integer("decoder_base_dim", baseDim), zDim, dimMult,
                    json.integer("num_res_blocks", 2), temperalDownsample, mean, std);
        } catch (InputException e) {
            throw new InputException(file + ": " + e.getMessage(), e);
        }
    }

    LatentGeometry geometry() {
        return new LatentGeometry(zDim, FRAMES_PER_LATENT, PIXELS_PER_LATENT);
    }

    /** The tensors of the autoencoder, as diffusers names them. */
    public TensorLayout layout() {
        return VaeTensors.layout(this);
    }

    private static void requireSupported(JsonFile json) {
        if (json.flag("is_residual", false)) {
            throw new InputException(json.path() + ": \"is_residual\" is true: Wan 2.2's autoencoder is not supported");
        }
        if (json.has("patch_size")) {
            throw new InputException(json.path() + ": \"patch_size\" is " + json.integer("patch_size")
                    + ": an autoencoder of patches is not supported");
        }
        if (json.has("attn_scales") && !json.numbers("attn_scales").isEmpty()) {
            throw new InputException(json.path() + ": \"attn_scales\" is " + json.numbers("attn_scales")
                    + ": attention in the levels is not supported");
        }
        requireValue(json, "in_channels", 3);
        requireValue(json, "out_channels", 3);
        requireValue(json, "scale_factor_spatial", PIXELS_PER_LATENT);
        requireValue(json, "scale_factor_temporal", FRAMES_PER_LATENT);
    }

    private static void requireValue(JsonFile json, String key, int expected) {
        if (json.integer(key, expected) != expected) {
            throw new InputException(json.path() + ": \"" + key + "\" is " + json.integer(key)
                    + ": a value other than " + expected + " is not supported");
        }
    }
}
