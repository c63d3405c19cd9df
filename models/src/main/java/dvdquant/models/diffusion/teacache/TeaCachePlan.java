package dvdquant.models.diffusion.teacache;

import dvdquant.models.pipeline.TeaCache;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * TeaCache for one model, with nothing left to it.
 *
 * @param retSteps whether the first five steps are always computed, and what is watched is the time as it was projected
 * @param rule when a forward is computed
 */
public record TeaCachePlan(TeaCacheRule rule, boolean retSteps) {
    /** {@return the plan as a request gives it} */
    public TeaCache asOption() {
        return new TeaCache(OptionalDouble.of(rule.threshold()), Optional.of(retSteps));
    }
}
