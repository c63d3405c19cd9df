package dvdquant.models.nn;

import dvdquant.tensor.Tensor;

/** Stops at the first layer that reads or gives a NaN or Inf, and names it: to find out where a model fails. */
public final class FiniteGuard implements LayerObserver {
    /** Without state: one serves all models. */
    public FiniteGuard() {}

    @Override
    public void observe(String layer, Tensor input) {
        if (!input.isFinite()) throw new IllegalStateException("layer '" + layer + "' reads a NaN or Inf");
    }

    @Override
    public void observeOutput(String layer, Tensor output) {
        if (!output.isFinite()) throw new IllegalStateException("layer '" + layer + "' gave a NaN or Inf");
    }
}
