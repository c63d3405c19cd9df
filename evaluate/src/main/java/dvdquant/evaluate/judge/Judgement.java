package dvdquant.evaluate.judge;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What the judge says of a clip.
 *
 * @param logits of each attribute's answers, in their order
 * @param answers those with the largest logits
 * @param features 128, before the answers: sets of them are compared by {@link dvdquant.core.metrics.FrechetDistance}
 */
public record Judgement(Map<Attribute, float[]> logits, Map<Attribute, String> answers, float[] features) {
    public Judgement {
        logits = Collections.unmodifiableMap(new EnumMap<>(logits));
        answers = Collections.unmodifiableMap(new EnumMap<>(answers));
    }
}
