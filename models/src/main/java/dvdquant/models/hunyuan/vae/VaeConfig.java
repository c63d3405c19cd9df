package dvdquant.models.hunyuan.vae;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;
import dvdquant.models.vae.LatentGeometry;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/**
 * The shape of the autoencoder, under the keys of diffusers' {@code vae/config.json}. Always 8 pixels a latent along height and
 * width, and 4 frames a latent after the first.
 *
 * @param latentChannels of the latents
 * @param blockOutChannels of each level, from the pixels inwards
 * @param layersPerBlock residual blocks a level in the encoder; the decoder has one more
 * @param normNumGroups of each GroupNorm
 * @param scalingFactor of the latents that a model samples
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, AutoencoderKLHunyuanVideo.__init__</a>
 */
public record VaeConfig(int latentChannels, List<Integer> blockOutChannels, int layersPerBlock, int normNumGroups,
        double scalingFactor) {
    /** Pixels a latent, along height and along width. */
    public static final int PIXELS_PER_LATENT = 8;
    /** Frames a latent, but for the first latent, which is one frame. */
    public static final int FRAMES_PER_LATENT = 4;

    static final int LEVELS = 4;

    /** HunyuanVideo's, and the defaults. */
    public static final VaeConfig HUNYUAN_VIDEO = new VaeConfig(16, List.of(128, 256, 512, 512), 2, 32, 0.476986);

    /** @throws InputException naming the key that does not fit */
    public VaeConfig {
        require(latentChannels > 0, "latent_channels", latentChannels, "1 or more");
        require(layersPerBlock > 0, "layers_per_block", layersPerBlock, "1 or more");
        require(normNumGroups > 0, "norm_num_groups", normNumGroups, "1 or more");
        int groups = normNumGroups;
        require(blockOutChannels.size() == LEVELS
                && blockOutChannels.stream().allMatch(channels -> channels > 0 && channels % groups == 0),
                "block_out_channels", blockOutChannels, LEVELS + " multiples of norm_num_groups = " + groups);
        require(scalingFactor > 0 && Double.isFinite(scalingFactor), "scaling_factor", scalingFactor,
                "a number greater than 0");
        blockOutChannels = List.copyOf(blockOutChannels);
    }

    private static void require(boolean holds, String key, Object found, String expected) {
        if (!holds) throw new InputException("\"" + key + "\" is " + found + ", expected " + expected);
    }

    /**
     * @param file a {@code config.json}; what is absent has diffusers' default
     * @throws InputException if it cannot be read, or describes another autoencoder than HunyuanVideo's
     */
    public static VaeConfig read(Path file) {
        JsonFile json = JsonFile.read(file);
        requireSupported(json);
        VaeConfig absent = HUNYUAN_VIDEO;
        var channels = json.has("block_out_channels")
                ? json.integers("block_out_channels")
                : absent.blockOutChannels;
        try {
            return new VaeConfig(json.integer("latent_channels", absent.latentChannels), channels,
                    json.integer("layers_per_block", absent.layersPerBlock),
                    json.integer("norm_num_groups", absent.normNumGroups),
                    json.number("scaling_factor", absent.scalingFactor));
        } catch (InputException e) {
            throw new InputException(file + ": " + e.getMessage(), e);
        }
    }

    LatentGeometry geometry() {
        return new LatentGeometry(latentChannels, FRAMES_PER_LATENT, PIXELS_PER_LATENT);
    }

    /** Of the level at the latents' size. */
    int widest() {
        return blockOutChannels.getLast();
    }

    private static void requireSupported(JsonFile json) {
        requireBlocks(json, "down_block_types", "HunyuanVideoDownBlock3D");
        requireBlocks(json, "up_block_types", "HunyuanVideoUpBlock3D");
        if (!json.text("act_fn", "silu").equals("silu")) {
            throw new InputException(json.path() + ": \"act_fn\" is \"" + json.text("act_fn")
                    + "\": an activation other than \"silu\" is not supported");
        }
        if (!json.flag("mid_block_add_attention", true)) {
            throw new InputException(json.path()
                    + ": \"mid_block_add_attention\" is false: an autoencoder without attention is not supported");
        }
        requireValue(json, "in_channels", 3);
        requireValue(json, "out_channels", 3);
        requireValue(json, "spatial_compression_ratio", PIXELS_PER_LATENT);
        requireValue(json, "temporal_compression_ratio", FRAMES_PER_LATENT);
    }

    private static void requireBlocks(JsonFile json, String key, String block) {
        if (json.has(key) && !json.texts(key).equals(Collections.nCopies(LEVELS, block))) {
            throw new InputException(json.path() + ": \"" + key + "\" is " + json.texts(key) + ": other than "
                    + LEVELS + " times " + block + " is not supported");
        }
    }

    private static void requireValue(JsonFile json, String key, int expected) {
        if (json.integer(key, expected) != expected) {
            throw new InputException(json.path() + ": \"" + key + "\" is " + json.integer(key)
                    + ": a value other than " + expected + " is not supported");
        }
    }
}
