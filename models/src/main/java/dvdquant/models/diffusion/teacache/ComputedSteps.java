package dvdquant.models.diffusion.teacache;

import dvdquant.tensor.Tensor;

import java.util.List;
import java.util.function.Supplier;

/** Tells of one stream, prompt or negative prompt, of one sampling which forwards are computed. Asked before each step, in order. */
public sealed interface ComputedSteps extends AutoCloseable permits ComputedSteps.Known, WatchedSteps {
    /**
     * {@return whether the step's forward is computed}
     *
     * @param step from 0
     * @param watched of the step, in the caller's scope; asked for only where it is needed
     */
    boolean computes(int step, Supplier<Tensor> watched);

    @Override
    default void close() {}

    /**
     * As it was known beforehand.
     *
     * @param steps of the sampling, in order: whether each is computed
     */
    record Known(List<Boolean> steps) implements ComputedSteps {
        @Override
        public boolean computes(int step, Supplier<Tensor> watched) {
            return steps.get(step);
        }
    }
}
