package dvdquant.evaluate.judge;

import dvdquant.core.metrics.MeanWithError;
import dvdquant.core.metrics.Share;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How well a set of clips shows what its captions say.
 *
 * @param byAttribute clips with that attribute right
 * @param allRight clips with all six right
 * @param attributes the share of a clip's six attributes that are right, as a mean over the clips
 */
public record JudgeAccuracy(Map<Attribute, Share> byAttribute, Share allRight, MeanWithError attributes) {
    public JudgeAccuracy {
        byAttribute = Collections.unmodifiableMap(new EnumMap<>(byAttribute));
    }

    /** @throws IllegalArgumentException if there is no clip */
    public static JudgeAccuracy of(List<JudgedClip> clips) {
        var byAttribute = new EnumMap<Attribute, Share>(Attribute.class);
        for (Attribute attribute : Attribute.values()) {
            long right = clips.stream().filter(clip -> clip.isRight(attribute)).count();
            byAttribute.put(attribute, new Share((int) right, clips.size()));
        }
        long allRight = clips.stream().filter(JudgedClip::isAllRight).count();
        double[] shares = clips.stream().mapToDouble(clip -> (double) clip.right() / Attribute.values().length)
                .toArray();
        return new JudgeAccuracy(byAttribute, new Share((int) allRight, clips.size()), MeanWithError.of(shares));
    }
}
