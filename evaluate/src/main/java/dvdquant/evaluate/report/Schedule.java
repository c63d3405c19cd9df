package dvdquant.evaluate.report;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What a clip's sampling came to, step by step.
 *
 * @param steps a character a step: the bits of the activations, {@code F} for 16, {@code -} where TeaCache left the step out
 * @param deltas δ before each step; empty where the bits did not depend on it
 */
public record Schedule(String steps, List<OptionalDouble> deltas) {
    /** Of a clip that was not sampled. */
    public static final Schedule NONE = new Schedule("", List.of());

    public Schedule {
        deltas = List.copyOf(deltas);
    }

    /** Whether the bits of some step depended on δ. */
    public boolean hasDeltas() {
        return deltas.stream().anyMatch(OptionalDouble::isPresent);
    }
}
