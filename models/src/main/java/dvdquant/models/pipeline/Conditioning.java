package dvdquant.models.pipeline;

import java.util.Map;

/**
 * What a transformer is conditioned on besides the noise: what text encoders made of one text, by names that the model's family gives,
 * such as the states of its tokens, or a vector pooled from them.
 */
public record Conditioning(Map<String, TextStates> parts) {
    public Conditioning {
        parts = Map.copyOf(parts);
    }

    /** @throws IllegalArgumentException if it has no part of this name: it is another family's */
    public TextStates part(String name) {
        TextStates part = parts.get(name);
        if (part == null) throw new IllegalArgumentException("no '" + name + "' among " + parts.keySet());
        return part;
    }
}
