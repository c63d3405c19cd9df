package dvdquant.models.pipeline;

import dvdquant.core.InputException;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Skips the transformer's blocks at steps where what goes into them has hardly changed since the last time, and adds what they
 * added then.
 *
 * @param threshold of the summed, rescaled changes: the higher, the more is skipped; empty: the model's, if it has one
 * @param retSteps whether the first five steps are always computed and the projected time is watched; empty: as is usual for the
 *        model
 * @see <a href="https://arxiv.org/abs/2411.19108">TeaCache</a>
 */
public record TeaCache(OptionalDouble threshold, Optional<Boolean> retSteps) {
    /**
     * Checks the threshold.
     *
     * @throws InputException if it is negative or no number
     */
    public TeaCache {
        if (threshold.isPresent() && !(threshold.getAsDouble() >= 0)) {
            throw new InputException(
                    "a TeaCache threshold of " + threshold.getAsDouble() + ", expected a number from 0");
        }
    }

    /**
     * As {@code TeaCache 0.2 with ret steps}.
     *
     * @return for people
     */
    public String text() {
        String by = threshold.isPresent() ? " " + threshold.getAsDouble() : "";
        return "TeaCache" + by + (retSteps.orElse(false) ? " with ret steps" : "");
    }
}
