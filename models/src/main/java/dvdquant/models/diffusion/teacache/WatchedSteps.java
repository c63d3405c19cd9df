package dvdquant.models.diffusion.teacache;

import dvdquant.tensor.Kernels;
import dvdquant.tensor.Owned;
import dvdquant.tensor.Tensor;

import java.util.function.Supplier;

/** Decides at each step, by what the step before was like. Owns what it watched there, until it is closed. */
public final class WatchedSteps implements ComputedSteps {
    private final TeaCacheRule.Sum sum;
    private final Kernels kernels;
    private Owned<Tensor> last;

    /**
     * Before the first step of a sampling.
     *
     * @param rule when a forward is computed
     * @param steps of the sampling
     * @param kernels of the device on which the watched tensors lie
     */
    public WatchedSteps(TeaCacheRule rule, int steps, Kernels kernels) {
        this.sum = rule.sum(steps);
        this.kernels = kernels;
    }

    @Override
    public boolean computes(int step, Supplier<Tensor> watched) {
        Tensor now = watched.get();
        boolean computes = sum.computes(step, () -> kernels.relativeChange(now, last.value()));
        close();
        last = Owned.of(now::copy);
        return computes;
    }

    @Override
    public void close() {
        if (last != null) last.close();
        last = null;
    }
}
