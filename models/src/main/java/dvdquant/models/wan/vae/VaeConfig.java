package dvdquant.models.wan.vae;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.json.JsonFile;
import dvdquant.models.vae.LatentGeometry;

import java.nio.file.Path;
import java.util.List;

/**
 * The shape of the autoencoder, under the keys of diffusers' {@code vae/config.json}. Always 8 patches a latent along height and
 * width, and 4 frames a latent after the first. {@code clip_output} means nothing: the reference clamps in any case.
 *
 * @param baseDim channels of the encoder's first level
 * @param decoderBaseDim channels of the decoder's last level
 * @param zDim channels of the latents
 * @param dimMult factors on the base channels, a level each, from the pixels inwards
 * @param numResBlocks residual blocks a level in the encoder; the decoder has one more
 * @param temperalDownsample whether the step from a level to the next halves the frames too
 * @param latentsMean of the training latents, a channel each
 * @param latentsStd of the training latents, a channel each
 * @param isResidual whether levels have {@link Shortcut}s, as Wan 2.2's
 * @param patchSize pixels a patch, along height and along width: 1 in Wan 2.1, 2 in Wan 2.2
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, AutoencoderKLWan.__init__</a>
 */
public record VaeConfig(int baseDim, int decoderBaseDim, int zDim, List<Integer> dimMult, int numResBlocks,
        List<Boolean> temperalDownsample, List<Double> latentsMean, List<Double> latentsStd, boolean isResidual,
        int patchSize) {
    /** Patches a latent, along height and along width. */
    static final int PATCHES_PER_LATENT = 8;
    /** Frames a latent, but for the first latent, which is one frame. */
    public static final int FRAMES_PER_LATENT = 4;

    private static final int LEVELS = 4;
    private static final int HALVINGS_OF_FRAMES = 2;
    private static final int COLORS = 3;
    private static final int CHANNELS_OF_WAN = 16;
    // The defaults of diffusers' AutoencoderKLWan, for its 16 channels.
    private static final List<Double> MEAN_OF_WAN21 = List.of(-0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653,
            -0.1517,
            1.5508, 0.4134, -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921);
    private static final List<Double> STD_OF_WAN21 = List.of(2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052,
            2.0743, 3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160);
    // diffusers, convert_wan_to_diffusers.py, vae22_diffusers_config
    private static final List<Double> MEAN_OF_WAN22 = List.of(-0.2289, -0.0052, -0.1323, -0.2339, -0.2799, 0.0174,
            0.1838, 0.1557, -0.1382, 0.0542, 0.2813, 0.0891, 0.1570, -0.0098, 0.0375, -0.1825, -0.2246, -0.1207,
            -0.0698, 0.5109, 0.2665, -0.2108, -0.2158, 0.2502, -0.2055, -0.0322, 0.1109, 0.1567, -0.0729, 0.0899,
            -0.2799, -0.1230, -0.0313, -0.1649, 0.0117, 0.0723, -0.2839, -0.2083, -0.0520, 0.3748, 0.0152, 0.1957,
            0.1433, -0.2944, 0.3573, -0.0548, -0.1681, -0.0667);
    private static final List<Double> STD_OF_WAN22 = List.of(0.4765, 1.0364, 0.4514, 1.1677, 0.5313, 0.4990,
            0.4818, 0.5013, 0.8158, 1.0344, 0.5894, 1.0901, 0.6885, 0.6165, 0.8454, 0.4978, 0.5759, 0.3523,
            0.7135, 0.6804, 0.5833, 1.4146, 0.8986, 0.5659, 0.7069, 0.5338, 0.4889, 0.4917, 0.4069, 0.4999,
            0.6866, 0.4093, 0.5709, 0.6065, 0.6415, 0.4944, 0.5726, 1.2042, 0.5458, 1.6887, 0.3971, 1.0600,
            0.3943, 0.5537, 0.5444, 0.4089, 0.7468, 0.7744);

    /** Wan 2.1's. */
    public static final VaeConfig WAN21 = new VaeConfig(96, 96, CHANNELS_OF_WAN, List.of(1, 2, 4, 4), 2,
            List.of(false, true, true), MEAN_OF_WAN21, STD_OF_WAN21, false, 1);

    /** Wan 2.2's, of its model with 5 billion weights. */
    public static final VaeConfig WAN22 = new VaeConfig(160, 256, 48, List.of(1, 2, 4, 4), 2,
            List.of(false, true, true), MEAN_OF_WAN22, STD_OF_WAN22, true, 2);

    /** @throws InputException naming the key that does not fit */
    public VaeConfig {
        require(baseDim > 0, "base_dim", baseDim, "1 or more");
        require(decoderBaseDim > 0 && (isResidual || decoderBaseDim % 2 == 0), "decoder_base_dim", decoderBaseDim,
                isResidual ? "1 or more" : "an even number");
        require(zDim > 0, "z_dim", zDim, "1 or more");
        require(dimMult.size() == LEVELS && dimMult.stream().allMatch(factor -> factor > 0), "dim_mult", dimMult,
                LEVELS + " factors of 1 or more");
        require(numResBlocks > 0, "num_res_blocks", numResBlocks, "1 or more");
        require(temperalDownsample.size() == LEVELS - 1 && halvings(temperalDownsample) == HALVINGS_OF_FRAMES,
                "temperal_downsample", temperalDownsample,
                LEVELS - 1 + " flags, " + HALVINGS_OF_FRAMES + " of them true");
        require(!isResidual || haveShortcuts(dimMult, temperalDownsample), "dim_mult", dimMult,
                "factors that let values be averaged and repeated evenly, with \"is_residual\"");
        require(patchSize == 1 || patchSize == 2, "patch_size", patchSize, "1 or 2");
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
     * @throws InputException if it cannot be read, or describes another autoencoder than Wan's
     */
    public static VaeConfig read(Path file) {
        JsonFile json = JsonFile.read(file);
        int baseDim = json.integer("base_dim", 96);
        int decoderBaseDim = json.integer("decoder_base_dim", baseDim);
        int zDim = json.integer("z_dim", CHANNELS_OF_WAN);
        boolean ofWan = zDim == CHANNELS_OF_WAN;
        var dimMult = json.has("dim_mult") ? json.integers("dim_mult") : WAN21.dimMult;
        int numResBlocks = json.integer("num_res_blocks", WAN21.numResBlocks);
        var temperalDownsample = json.has("temperal_downsample")
                ? json.flags("temperal_downsample")
                : WAN21.temperalDownsample;
        var mean = json.has("latents_mean") || !ofWan ? json.numbers("latents_mean") : MEAN_OF_WAN21;
        var std = json.has("latents_std") || !ofWan ? json.numbers("latents_std") : STD_OF_WAN21;
        boolean isResidual = json.flag("is_residual", false);
        int patchSize = json.integer("patch_size", 1);
        VaeConfig config;
        try {
            config = new VaeConfig(baseDim, decoderBaseDim, zDim, dimMult, numResBlocks, temperalDownsample, mean, std,
                    isResidual, patchSize);
        } catch (InputException e) {
            throw new InputException(file + ": " + e.getMessage(), e);
        }
        config.requireSupported(json);
        return config;
    }

    /** What the reference can be told besides, but for what follows from the rest. */
    private void requireSupported(JsonFile json) {
        if (json.has("attn_scales") && !json.numbers("attn_scales").isEmpty()) {
            throw json.unexpected("attn_scales", "none: attention in the levels is not supported");
        }
        requireValue(json, "in_channels", WAN21.colors(), colors());
        requireValue(json, "out_channels", WAN21.colors(), colors());
        requireValue(json, "scale_factor_spatial", WAN21.pixelsPerLatent(), pixelsPerLatent());
        if (json.integer("scale_factor_temporal", FRAMES_PER_LATENT) != FRAMES_PER_LATENT) {
            throw json.unexpected("scale_factor_temporal", String.valueOf(FRAMES_PER_LATENT));
        }
    }

    private void requireValue(JsonFile json, String key, int absent, int expected) {
        if (json.integer(key, absent) != expected) {
            throw json.unexpected(key, expected + " for \"patch_size\" " + patchSize);
        }
    }

    /** Whether the values of each level average evenly into the next one's, and repeat evenly on the way back. */
    private static boolean haveShortcuts(List<Integer> dimMult, List<Boolean> temperalDownsample) {
        for (int level = 0; level < LEVELS; level++) {
            long before = level == 0 ? 1 : dimMult.get(level - 1);
            long own = dimMult.get(level);
            if (before * block(level, temperalDownsample) % own != 0) return false;
            long inner = dimMult.get(Math.min(level + 1, LEVELS - 1));
            if (level > 0 && own * block(level - 1, temperalDownsample) % inner != 0) return false;
        }
        return true;
    }

    /** Values that the step after a level makes one. */
    private static int block(int level, List<Boolean> temperalDownsample) {
        if (level == LEVELS - 1) return 1;
        return temperalDownsample.get(level) ? 8 : 4;
    }

    LatentGeometry geometry() {
        return new LatentGeometry(zDim, FRAMES_PER_LATENT, pixelsPerLatent());
    }

    /** Pixels a latent, along height and along width. */
    public int pixelsPerLatent() {
        return PATCHES_PER_LATENT * patchSize;
    }

    /** Channels of a patch: red, green and blue of its pixels. */
    public int colors() {
        return COLORS * patchSize * patchSize;
    }

    /** The tensors of the autoencoder, as diffusers names them. */
    public TensorLayout layout() {
        return VaeTensors.layout(this);
    }
}
