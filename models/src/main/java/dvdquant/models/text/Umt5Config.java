package dvdquant.models.text;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.json.JsonFile;
import dvdquant.models.nn.LayerSource;

import java.nio.file.Path;

/**
 * A UMT5 encoder's sizes, from {@code text_encoder/config.json}.
 *
 * @param width {@code d_model}
 * @param headSize {@code d_kv}
 * @param heads {@code num_heads}
 * @param feedForward {@code d_ff}
 * @param layers {@code num_layers}
 * @param vocabulary {@code vocab_size}
 * @param buckets {@code relative_attention_num_buckets}
 * @param maxDistance {@code relative_attention_max_distance}
 * @param eps {@code layer_norm_epsilon}
 */
public record Umt5Config(int width, int headSize, int heads, int feedForward, int layers, int vocabulary, int buckets,
        int maxDistance, double eps) {
    static final String EMBEDDING = "shared.weight";
    static final String FINAL_NORM = "encoder.final_layer_norm.weight";

    /** The text encoder of Wan 2.1, google/umt5-xxl. */
    public static final Umt5Config XXL = new Umt5Config(4096, 64, 64, 10240, 24, 256_384, 32, 128, 1e-6);

    /** @throws dvdquant.core.InputException if the configuration is not that of a UMT5 encoder with gated GELU */
    public static Umt5Config read(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        if (!config.text("model_type").equals("umt5")) {
            throw config.unexpected("model_type", "\"umt5\": no other text encoder is supported");
        }
        if (!config.text("feed_forward_proj", "gated-gelu").equals("gated-gelu")) {
            throw config.unexpected("feed_forward_proj", "\"gated-gelu\": no other is supported");
        }
        return new Umt5Config(config.size("d_model"), config.size("d_kv"), config.size("num_heads"),
                config.size("d_ff"),
                config.size("num_layers"), config.size("vocab_size"),
                config.integer("relative_attention_num_buckets", 32),
                config.integer("relative_attention_max_distance", 128), config.number("layer_norm_epsilon", 1e-6));
    }

    /** The tensors of the encoder, as transformers names them. */
    public TensorLayout layout() {
        var layout = new TensorLayout().tensor(EMBEDDING, vocabulary, width);
        layout.tied(EMBEDDING, "encoder.embed_tokens.weight"); // as an encoder alone has it, or both
        for (int i = 0; i < layers; i++) {
            Umt5Layer.load(new LayerSource.Listed(layout), this, i);
        }
        return layout.tensor(FINAL_NORM, width);
    }

    /** Bytes of the largest layer, in the type to compute in. */
    public long layerBytes(int bytesAWeight) {
        long inner = (long) heads * headSize;
        return (4 * inner * width + 3L * feedForward * width) * bytesAWeight;
    }
}
