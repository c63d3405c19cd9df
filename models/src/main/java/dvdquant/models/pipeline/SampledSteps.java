package dvdquant.models.pipeline;

import java.util.List;
import java.util.OptionalDouble;

/**
 * The steps of one sampling, and what they come to.
 *
 * @param steps in their order
 */
public record SampledSteps(List<StepRecord> steps) {
    /** Copies the list. */
    public SampledSteps {
        steps = List.copyOf(steps);
    }

    /**
     * A character a step: the bits of the activations, {@code F} for 16, {@code -} where every forward was skipped.
     *
     * @return as long as there are steps
     */
    public String schedule() {
        var text = new StringBuilder();
        for (StepRecord step : steps) {
            text.append(step.computed() == 0 ? "-" : step.activationBits() == 16 ? "F" : step.activationBits());
        }
        return text.toString();
    }

    /**
     * Of the activations, over the computed forwards; empty if there are none.
     *
     * @return bits, 16 for activations as they are
     */
    public OptionalDouble averageBits() {
        int computed = computedForwards();
        if (computed == 0) return OptionalDouble.empty();
        return OptionalDouble
                .of((double) steps.stream().mapToInt(s -> s.computed() * s.activationBits()).sum() / computed);
    }

    /**
     * Passes through the transformer that were made.
     *
     * @return two a step, if it was guided and skipped none
     */
    public int computedForwards() {
        return steps.stream().mapToInt(StepRecord::computed).sum();
    }

    /**
     * Passes through the transformer that were skipped.
     *
     * @return 0 without a cache
     */
    public int skippedForwards() {
        return steps.stream().mapToInt(s -> s.forwards().size() - s.computed()).sum();
    }

    /**
     * Steps at which every forward was skipped: half as many as skipped forwards, if they were guided.
     *
     * @return 0 without a cache
     */
    public int skippedSteps() {
        return (int) steps.stream().filter(s -> s.computed() == 0).count();
    }

    /**
     * The mean over all steps, skipped ones too.
     *
     * @return seconds; 0 if there are no steps
     */
    public double secondsAStep() {
        return steps.stream().mapToDouble(StepRecord::seconds).average().orElse(0);
    }
}
