package dvdquant.models.wan;

import dvdquant.core.json.JsonFile;
import dvdquant.models.vision.ClipVisionConfig;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What of a Wan transformer is there for an image encoder's states.
 *
 * @param width {@code image_dim}: of the states
 * @param positions {@code pos_embed_seq_len}: tokens of two pictures together, where the model is made for two
 */
public record ImageEmbedderConfig(int width, OptionalInt positions) {
    /** Of one picture. */
    public ImageEmbedderConfig(int width) {
        this(width, OptionalInt.empty());
    }

    /** States that it is given: of two pictures, or of one by the published models' image encoder. */
    public int tokens() {
        return positions.orElse(ClipVisionConfig.VIT_H_14.tokens());
    }

    /**
     * @param config of the transformer
     * @param width of its residual stream
     * @return empty if it has no such part
     */
    static Optional<ImageEmbedderConfig> of(JsonFile config, int width) {
        if (!config.has("image_dim")) {
            for (String key : new String[]{"added_kv_proj_dim", "pos_embed_seq_len"}) {
                if (config.has(key)) throw config.unexpected(key, "null, as image_dim");
            }
            return Optional.empty();
        }
        if (!config.has("added_kv_proj_dim") || config.size("added_kv_proj_dim") != width) {
            throw config.unexpected("added_kv_proj_dim",
                    width + ", the width of the model, since there is an image_dim");
        }
        if (!config.has("pos_embed_seq_len")) return Optional.of(new ImageEmbedderConfig(config.size("image_dim")));
        int positions = config.size("pos_embed_seq_len");
        if (positions % 2 != 0) throw config.unexpected("pos_embed_seq_len", "an even number, of two pictures");
        return Optional.of(new ImageEmbedderConfig(config.size("image_dim"), OptionalInt.of(positions)));
    }
}
