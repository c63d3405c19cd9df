package dvdquant.models.text;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.json.JsonFile;
import dvdquant.models.encoder.ClipEncoderConfig;
import dvdquant.models.encoder.ClipLayer;
import dvdquant.models.nn.LayerSource;

import java.nio.file.Path;
import java.util.List;

/**
 * A CLIP text model's sizes, from {@code text_encoder_2/config.json}.
 *
 * @param vocabulary {@code vocab_size}
 * @param positions {@code max_position_embeddings}
 * @param endToken {@code eos_token_id}
 */
public record ClipTextConfig(ClipEncoderConfig encoder, int vocabulary, int positions, int endToken) {
    static final String PREFIX = "text_model.";
    static final String EMBEDDING = PREFIX + "embeddings.token_embedding.weight";
    static final String POSITIONS = PREFIX + "embeddings.position_embedding.weight";
    static final String FINAL_NORM = PREFIX + "final_layer_norm";
    /** What stands for {@code eos_token_id} in configurations of before transformers 4.31, whatever the tokenizer's is. */
    private static final int UNKNOWN_END = 2;

    /** CLIP-L: HunyuanVideo's. */
    public static final ClipTextConfig LARGE = new ClipTextConfig(
            new ClipEncoderConfig(768, 12, 3072, 12, true, 1e-5, true), 49408, 77, UNKNOWN_END);

    /** @throws dvdquant.core.InputException if the configuration is not that of a CLIP text model */
    public static ClipTextConfig read(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        if (!config.text("model_type").equals("clip_text_model")) {
            throw config.unexpected("model_type", "\"clip_text_model\": no other text encoder is supported here");
        }
        return new ClipTextConfig(ClipEncoderConfig.of(config, true), config.size("vocab_size"),
                config.size("max_position_embeddings"), config.integer("eos_token_id", 49407));
    }

    /** The tensors of the model, as transformers names them; without their common prefix they are known, too. */
    public TensorLayout layout() {
        int width = encoder.width();
        var layout = new TensorLayout().tensor(EMBEDDING, vocabulary, width).tensor(POSITIONS, positions, width);
        for (int i = 0; i < encoder.layers(); i++) {
            ClipLayer.load(new LayerSource.Listed(layout), encoder, PREFIX, i);
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
        return encoder.layerBytes(bytesAWeight);
    }
}
