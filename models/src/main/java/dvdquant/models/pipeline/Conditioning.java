package dvdquant.models.pipeline;

import java.util.HashMap;
import java.util.Map;

/**
 * What a transformer is conditioned on besides the noise: what text encoders made of one text, and image encoders of pictures, by names that
 * the model's family gives, such as the states of its tokens, or a vector pooled from them.
 *
 * @param parts by their names
 */
public record Conditioning(Map<String, ConditioningTensor> parts) {
    /** Of nothing. */
    public static final Conditioning NONE = new Conditioning(Map.of());

    /** Copies the map. */
    public Conditioning {
        parts = Map.copyOf(parts);
    }

    /**
     * One of the parts.
     *
     * @param name as the family calls it
     * @return what an encoder made
     * @throws IllegalArgumentException if it has no part of this name: it is another family's
     */
    public ConditioningTensor part(String name) {
        ConditioningTensor part = parts.get(name);
        if (part == null) throw new IllegalArgumentException("no '" + name + "' among " + parts.keySet());
        return part;
    }

    /**
     * These parts and others.
     *
     * @param others whose names are not among these
     * @return of both
     */
    public Conditioning and(Conditioning others) {
        var all = new HashMap<>(parts);
        all.putAll(others.parts);
        return new Conditioning(all);
    }
}
