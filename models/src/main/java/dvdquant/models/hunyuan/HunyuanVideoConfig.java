package dvdquant.models.hunyuan;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Patches;

import java.nio.file.Path;
import java.util.List;

/**
 * A HunyuanVideo transformer's sizes, from {@code transformer/config.json}.
 *
 * @param heads {@code num_attention_heads}
 * @param headSize {@code attention_head_dim}
 * @param dualBlocks {@code num_layers}: blocks with layers for the image and others for the text
 * @param singleBlocks {@code num_single_layers}: blocks with the same layers for both
 * @param refinerBlocks {@code num_refiner_layers}: of the text alone
 * @param feedForward {@code mlp_ratio} · width
 * @param channels {@code in_channels}: of the latents
 * @param textWidth {@code text_embed_dim}: of the states of a text's tokens
 * @param pooledWidth {@code pooled_projection_dim}: of what stands for the text as a whole
 * @param patches {@code patch_size_t}, {@code patch_size}
 * @param ropeAxes {@code rope_axes_dim}: channels of a head that turn by frame, by row and by column
 * @param ropeTheta {@code rope_theta}
 */
public record HunyuanVideoConfig(int heads, int headSize, int dualBlocks, int singleBlocks, int refinerBlocks,
        int feedForward, int channels, int textWidth, int pooledWidth, Patches patches, List<Integer> ropeAxes,
        double ropeTheta) implements TransformerSizes {
    static final String MODEL_CLASS = "HunyuanVideoTransformer3DModel";
    /** Of all norms; it stands in the model's source, not in its configuration. */
    static final double EPS = 1e-6;
    /** Tokens of a text at most. */
    private static final int TEXT_TOKENS = 256;
    /** Far above any published model's, and few enough to hold their names against a checkpoint. */
    private static final int MOST_BLOCKS = 1000;

    public HunyuanVideoConfig {
        ropeAxes = List.copyOf(ropeAxes);
    }

    /** @throws dvdquant.core.InputException if the configuration is not that of a HunyuanVideo text-to-video transformer */
    public static HunyuanVideoConfig read(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        requireSupported(config);
        int heads = config.size("num_attention_heads");
        int headSize = config.size("attention_head_dim");
        return new HunyuanVideoConfig(heads, headSize, blocks(config, "num_layers"),
                blocks(config, "num_single_layers"), blocks(config, "num_refiner_layers"),
                feedForward(config, heads * headSize), channels(config), config.size("text_embed_dim"),
                config.size("pooled_projection_dim"),
                new Patches(config.size("patch_size_t"), config.size("patch_size"), config.size("patch_size")),
                axes(config, headSize), theta(config));
    }

    private static void requireSupported(JsonFile config) {
        if (!config.text("_class_name").equals(MODEL_CLASS)) {
            throw config.unexpected("_class_name",
                    '"' + MODEL_CLASS + "\": neither HunyuanVideo-1.5 nor Framepack is supported");
        }
        if (config.has("image_condition_type")) {
            throw config.unexpected("image_condition_type", "null: image conditioning is not supported");
        }
        if (!config.text("qk_norm", "rms_norm").equals("rms_norm")) {
            throw config.unexpected("qk_norm", "\"rms_norm\": no other is supported");
        }
        if (!config.flag("guidance_embeds", true)) {
            throw config.unexpected("guidance_embeds", "true: a model without embedded guidance is not supported");
        }
    }

    private static int blocks(JsonFile config, String key) {
        int blocks = config.size(key);
        if (blocks > MOST_BLOCKS) throw config.unexpected(key, MOST_BLOCKS + " at most");
        return blocks;
    }

    private static int feedForward(JsonFile config, int width) {
        double ratio = config.number("mlp_ratio", 4);
        if (!(ratio * width >= 1 && ratio * width <= Integer.MAX_VALUE / 2)) {
            throw config.unexpected("mlp_ratio", "a number that gives the feed-forward channels, such as 4");
        }
        return (int) (ratio * width);
    }

    private static int channels(JsonFile config) {
        int channels = config.size("in_channels");
        int out = config.has("out_channels") ? config.size("out_channels") : channels;
        if (out != channels) {
            throw config.unexpected("out_channels",
                    "the " + channels + " of in_channels: image conditioning is not supported");
        }
        return channels;
    }

    private static List<Integer> axes(JsonFile config, int headSize) {
        List<Integer> axes = config.integers("rope_axes_dim");
        if (axes.size() != 3 || axes.stream().anyMatch(channels -> channels < 2 || channels % 2 != 0)
                || axes.stream().mapToLong(Integer::longValue).sum() != headSize) {
            throw config.unexpected("rope_axes_dim",
                    "three even numbers that add up to the " + headSize + " of attention_head_dim");
        }
        return axes;
    }

    private static double theta(JsonFile config) {
        double theta = config.number("rope_theta", 256);
        if (!(theta > 1 && theta < Double.POSITIVE_INFINITY)) {
            throw config.unexpected("rope_theta", "a number above 1");
        }
        return theta;
    }

    @Override
    public int width() {
        return heads * headSize;
    }

    /** The image's, and as many of the text's as there may be. */
    @Override
    public long tokens(Shape latents) {
        return patches.count(latents) + TEXT_TOKENS;
    }

    /** Of a single block's last projection, which reads attention and feed-forward side by side. */
    @Override
    public int widestInput() {
        return width() + feedForward;
    }

    /**
     * Before a single block's last projection: what went into the first dual block, into the first single block and into this one, the codes
     * of its normed input, what is attended, the inner values, both of these side by side and their codes, and the result.
     */
    @Override
    public long channelsAtOnce() {
        return 7L * width() + 5L * feedForward / 2;
    }

    /** The rotary tables. */
    @Override
    public long preparedBytes(Shape latents) {
        return patches.count(latents) * headSize * 2 * 4;
    }

    /** The tensors of the transformer, as diffusers names them. */
    public TensorLayout layout() {
        var layout = new TensorLayout();
        HunyuanVideoWeights.load(new LayerSource.Listed(layout), this);
        return layout;
    }
}
