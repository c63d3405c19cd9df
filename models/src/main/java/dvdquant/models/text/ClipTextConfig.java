package dvdquant.models.text;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.json.JsonFile;
import dvdquant.models.nn.LayerSource;

import java.nio.file.Path;
import java.util.List;

/**
 * A CLIP text model's sizes, from {@code text_encoder_2/config.json}.
 *
 * @param width {@code hidden_size}
 * @param heads {@code num_attention_heads}
 * @param feedForward {@code intermediate_size}
 * @param layers {@code num_hidden_layers}
 * @param vocabulary {@code vocab_size}
 * @param positions {@code max_position_embeddings}
 * @param quick {@code hidden_act}: GELU by the logistic function, in place of the exact one
 * @param endToken {@code eos_token_id}
 * @param eps {@code layer_norm_eps}
 */
public record ClipTextConfig(int width, int heads, int feedForward, int layers, int vocabulary, int positions,
        boolean quick, int endToken, double eps) {
    private static final String PREFIX = "text_model.";
    static final String EMBEDDING = PREFIX + "embeddings.token_embedding.weight";
    static final String POSITIONS = PREFIX + "embeddings.position_embedding.weight";
    static final String FINAL_NORM = PREFIX + "final_layer_norm";
    static final String LAYERS = PREFIX + "encoder.layers.";
    /** What stands for {@code eos_token_id} in configurations of before transformers 4.31, whatever the tokenizer's is. */
    private static final int UNKNOWN_END = 2;

    /** @throws dvdquant.core.InputException if the configuration is not that of a CLIP text model */
    public static ClipTextConfig read(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        if (!config.text("model_type").equals("clip_text_model")) {
            throw config.unexpected("model_type", "\"clip_text_model\": no other text encoder is supported here");
        }
        String activation = config.text("hidden_act", "quick_gelu");
        if (!List.of("quick_gelu", "gelu").contains(activation)) {
            throw config.unexpected("hidden_act", "\"quick_gelu\" or \"gelu\": no other is supported");
        }
        int width = config.size("hidden_size");
        int heads = config.size("num_attention_heads");
        if (width % heads != 0) throw config.unexpected("num_attention_heads", "a divisor of hidden_size " + width);
        return new ClipTextConfig(width, heads, config.size("intermediate_size"), config.size("num_hidden_layers"),
                config.size("vocab_size"), config.size("max_position_embeddings"), activation.equals("quick_gelu"),
                config.integer("eos_token_id", 49407), config.number("layer_norm_eps", 1e-5));
    }

    /** The tensors of the model, as transformers names them; without their common prefix they are known, too. */
    public TensorLayout layout() {
        var layout = new TensorLayout().tensor(EMBEDDING, vocabulary, width).tensor(POSITIONS, positions, width);
        for (int i = 0; i < layers; i++) {
            ClipTextLayer.load(new LayerSource.Listed(layout), this, i);
        }
        layout.tensor(FINAL_NORM + ".weight", width).tensor(FINAL_NORM + ".bias", width);
        for (String name : List.copyOf(layout.shapes().keySet())) {
            layout.tied(name, name.substring(PREFIX.length()));
        }
        String numbers = "embeddings.position_ids"; // 0, 1, 2, …
        return layout.mayHave(PREFIX + numbers).mayHave(numbers).mayHave("text_projection.weight");
    }

    /**
     * Where in a text the state is that stands for all of it: at the first end token, or, where the configuration does not know that, at the
     * first of the highest ids, as transformers has it.
     *
     * @return −1 if there is no end token
     */
    int end(long[] ids) {
        int highest = 0;
        for (int i = 0; i < ids.length; i++) {
            if (endToken != UNKNOWN_END && ids[i] == endToken) return i;
            if (ids[i] > ids[highest]) highest = i;
        }
        return endToken == UNKNOWN_END ? highest : -1;
    }

    /** Bytes of a layer, in the type to compute in. */
    public long layerBytes(int bytesAWeight) {
        return (4L * width + 2L * feedForward) * width * bytesAWeight;
    }
}
