package dvdquant.core.metrics;

import java.util.Collections;
import java.util.List;

/**
 * A score for each frame of a clip.
 *
 * @param better which scores are the better ones
 * @param values in the order of the frames
 */
public record FrameScores(Better better, List<Double> values) {
    /** Which scores are the better ones. */
    public enum Better {
        HIGHER,
        LOWER
    }

    /** @throws IllegalArgumentException if there is no frame, or a value is NaN */
    public FrameScores {
        if (values.isEmpty()) throw new IllegalArgumentException("scores of no frames");
        if (values.contains(Double.NaN)) throw new IllegalArgumentException("a frame's score is NaN: " + values);
        values = List.copyOf(values);
    }

    public double mean() {
        return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    /** The worst frame's score. */
    public double worst() {
        return switch (better) {
            case HIGHER -> Collections.min(values);
            case LOWER -> Collections.max(values);
        };
    }

    /** The first frame that scores worst, from 0. */
    public int worstFrame() {
        return values.indexOf(worst());
    }
}
