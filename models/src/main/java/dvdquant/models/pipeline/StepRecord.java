package dvdquant.models.pipeline;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What a denoising step did.
 *
 * @param step from 0
 * @param timestep from 1000 (noise) to 0
 * @param activationBits of the quantized layers; 16 where activations were not quantized, 0 where no layer ran
 * @param forwards of the prompt, and then of the negative prompt if the request is guided
 * @param change of the output for the prompt against the last computed one, ‖F − F′‖₁ / ‖F′‖₁; empty where there are no two
 * @param delta what the summed changes were compared with; empty where the bits did not depend on them
 * @param seconds that it took
 */
public record StepRecord(int step, double timestep, int activationBits, List<Forward> forwards, OptionalDouble change,
        OptionalDouble delta, double seconds) {
    /** A pass through the transformer. */
    public enum Forward {
        /** The blocks ran. */
        COMPUTED,
        /** What the blocks had added before was added again. */
        SKIPPED
    }

    /** Copies the list. */
    public StepRecord {
        forwards = List.copyOf(forwards);
    }

    /**
     * How many of the step's forwards were computed.
     *
     * @return 0 to 2
     */
    public int computed() {
        return (int) forwards.stream().filter(Forward.COMPUTED::equals).count();
    }
}
