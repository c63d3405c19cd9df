package dvdquant.models.diffusion.bits;

import dvdquant.models.pipeline.BitPlan;

import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The bits of one sampling's steps. Asked before each step that is computed, in order, and told afterwards how much the output
 * changed; skipped steps leave it as it is.
 */
public interface BitSchedule {
    /** Where activations are not quantized. */
    int FULL = 16;

    /**
     * @param step from 0
     * @return the bits of the activations at that step: 2 to 8, or {@link #FULL}
     */
    int next(int step);

    /** @param change of the output against that of the computed step before: {@link dvdquant.core.metrics.RelativeChange} */
    void observe(double change);

    /** What the summed changes were last compared with; empty where they were not. */
    OptionalDouble delta();

    /** Told of a step that is skipped, but was said to be computed when the sampling began. */
    default void skip() {}

    /**
     * Begins the steps of one transformer. Where bits follow the changes, sums and averages are of its steps alone, of which the first
     * has nothing to be compared with; others are placed over all steps.
     *
     * @param computed for each step of the sampling whether it is computed, so that averages are those of computed steps; what is not known is
     *            computed, until {@link #skip}
     * @param first step of the transformer
     * @param end the step after its last
     */
    static BitSchedule start(BitPlan activations, List<Boolean> computed, int first, int end) {
        int steps = computed.size();
        int own = Collections.frequency(computed.subList(first, end), true);
        return switch (activations) {
            case BitPlan.Fixed(int bits) -> new GivenBits(Collections.nCopies(steps, bits));
            case BitPlan.Full() -> new GivenBits(Collections.nCopies(steps, FULL));
            case BitPlan.Pattern(String digits) -> new GivenBits(
                    digits.chars().mapToObj(digit -> Character.digit(digit, 10)).toList());
            case BitPlan.Placed(BitPlan.Placement placement, double bits) -> GivenBits.placed(placement,
                    highSteps(bits, Collections.frequency(computed, true)), computed);
            case BitPlan.Delta(double delta) -> new DeltaSwitching(new ConstantDelta(delta), own);
            case BitPlan.Average(double bits) -> new DeltaSwitching(new AverageDelta(bits, own), own);
        };
    }

    /** The bits of what is computed once, before all steps, such as a text's embedding: where they switch, the higher. */
    static int beforeSteps(BitPlan activations) {
        return switch (activations) {
            case BitPlan.Fixed(int bits) -> bits;
            case BitPlan.Full() -> FULL;
            case BitPlan.Pattern _,BitPlan.Placed _,BitPlan.Delta _,BitPlan.Average _ ->
                BitPlan.HIGH;
        };
    }

    /** How many of some steps are high for an average of bits. */
    static int highSteps(double averageBits, int steps) {
        return (int) Math.round(steps * (averageBits - BitPlan.LOW) / (BitPlan.HIGH - BitPlan.LOW));
    }
}
