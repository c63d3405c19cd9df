package dvdquant.models.wan;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Patches;
import dvdquant.models.wan.vae.VaeConfig;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A Wan transformer's sizes, from {@code transformer/config.json}.
 *
 * @param heads {@code num_attention_heads}
 * @param headSize {@code attention_head_dim}
 * @param layers {@code num_layers}
 * @param feedForward {@code ffn_dim}
 * @param inChannels {@code in_channels}: of the latents; of a model that reads a picture so, also of what it is conditioned on
 * @param outChannels {@code out_channels}
 * @param textWidth {@code text_dim}: of the text encoder's states
 * @param frequencies {@code freq_dim}: of the time embedding
 * @param patch {@code patch_size}: latent frames, rows and columns of a token
 * @param ropePositions {@code rope_max_seq_len}: tokens along an axis at most
 * @param eps of the norms
 * @param crossAttentionNorm {@code cross_attn_norm}: whether a norm stands before the cross-attention
 * @param imageEmbedder of a model whose blocks attend to the states of an image encoder
 */
public record WanConfig(int heads, int headSize, int layers, int feedForward, int inChannels, int outChannels,
        int textWidth,
        int frequencies, List<Integer> patch, int ropePositions, double eps, boolean crossAttentionNorm,
        Optional<ImageEmbedderConfig> imageEmbedder)
        implements
            TransformerSizes {
    static final String MODEL_CLASS = "WanTransformer3DModel";

    /** Far above any published model's, and few enough to hold their names against a checkpoint. */
    private static final int MOST_LAYERS = 1000;

    /** Of a model whose blocks do not attend to an image. */
    public WanConfig(int heads, int headSize, int layers, int feedForward, int inChannels, int outChannels,
            int textWidth, int frequencies, List<Integer> patch, int ropePositions, double eps,
            boolean crossAttentionNorm) {
        this(heads, headSize, layers, feedForward, inChannels, outChannels, textWidth, frequencies, patch,
                ropePositions, eps, crossAttentionNorm, Optional.empty());
    }

    /** The same, whose blocks attend to an image. */
    public WanConfig with(ImageEmbedderConfig embedder) {
        return new WanConfig(heads, headSize, layers, feedForward, inChannels, outChannels, textWidth, frequencies,
                patch, ropePositions, eps, crossAttentionNorm, Optional.of(embedder));
    }

    /** @throws dvdquant.core.InputException if the configuration is not that of a Wan transformer of text or pictures to video */
    public static WanConfig read(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        if (!config.text("_class_name").equals(MODEL_CLASS)) {
            throw config.unexpected("_class_name", '"' + MODEL_CLASS + '"');
        }
        if (!config.text("qk_norm", "rms_norm_across_heads").equals("rms_norm_across_heads")) {
            throw config.unexpected("qk_norm", "\"rms_norm_across_heads\": no other is supported");
        }
        List<Integer> patch = config.integers("patch_size");
        if (patch.size() != 3 || patch.stream().anyMatch(size -> size < 1)) {
            throw config.unexpected("patch_size", "three sizes from 1");
        }
        int headSize = config.size("attention_head_dim");
        if (headSize % 2 != 0 || headSize < 6) throw config.unexpected("attention_head_dim", "an even number from 6");
        int inChannels = config.size("in_channels");
        int outChannels = config.has("out_channels") ? config.size("out_channels") : inChannels;
        int conditioned = conditionedChannels(outChannels);
        if (inChannels != outChannels && inChannels != conditioned) {
            throw config.unexpected("in_channels",
                    outChannels + ", as out_channels, or " + conditioned + " with those of a picture");
        }
        int layers = config.size("num_layers");
        if (layers > MOST_LAYERS) throw config.unexpected("num_layers", MOST_LAYERS + " at most");
        double eps = config.number("eps", 1e-6);
        if (!(eps >= 0 && eps < 1)) throw config.unexpected("eps", "a number from 0, below 1");
        int heads = config.size("num_attention_heads");
        Optional<ImageEmbedderConfig> embedder = ImageEmbedderConfig.of(config, heads * headSize);
        if (embedder.isPresent() && inChannels == outChannels) {
            throw config.unexpected("in_channels",
                    conditioned + ": a model with image_dim reads the latents of a picture, too");
        }
        return new WanConfig(heads, headSize, layers, config.size("ffn_dim"), inChannels, outChannels,
                config.size("text_dim"), config.size("freq_dim"), patch, config.integer("rope_max_seq_len", 1024), eps,
                config.flag("cross_attn_norm", true), embedder);
    }

    /** With a picture's condition beside them: a mask, a channel for each frame of a latent, and latents. */
    static int conditionedChannels(int latentChannels) {
        return latentChannels + VaeConfig.FRAMES_PER_LATENT + latentChannels;
    }

    /** Whether its input is latents and, channel by channel beside them, what they are conditioned on. */
    public boolean readsCondition() {
        return inChannels != outChannels;
    }

    @Override
    public int width() {
        return heads * headSize;
    }

    public Patches patches() {
        return Patches.of(patch);
    }

    @Override
    public long tokens(Shape latents) {
        return patches().count(latents);
    }

    @Override
    public int widestInput() {
        return Math.max(width(), feedForward);
    }

    /**
     * What went into the first block, what went into this one, and in self-attention codes, queries, keys and values, two of them normed,
     * and what is attended; in the feed-forward the residual stream, codes, the inner values and theirs, and the result.
     */
    @Override
    public long channelsAtOnce() {
        return Math.max(9L * width(), 5L * width() + 3L * feedForward / 2);
    }

    /** The rotary tables, and what latents are conditioned on, in F32 and in the type to compute in. */
    @Override
    public long preparedBytes(Shape latents) {
        long condition = (long) (inChannels - outChannels) * patches().volume();
        return tokens(latents) * (headSize * 2 + condition * 2) * 4;
    }

    /** The tensors of the transformer, as diffusers names them. */
    public TensorLayout layout() {
        var layout = new TensorLayout();
        WanWeights.load(new LayerSource.Listed(layout), this);
        return layout;
    }
}
