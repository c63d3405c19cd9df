package dvdquant.models.testing;

import dvdquant.models.nn.FiniteGuard;
import dvdquant.models.nn.LayerObserver;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** A guard that has looked at a layer's result just before a NaN gets into it. */
public final class Poison implements LayerObserver {
    private final LayerObserver guard = new FiniteGuard();
    private final String layer;

    /** @param layer whose result gets a NaN */
    public Poison(String layer) {
        this.layer = layer;
    }

    @Override
    public void observe(String layer, Tensor input) {
        guard.observe(layer, input);
    }

    @Override
    public void observeOutput(String layer, Tensor output) {
        guard.observeOutput(layer, output);
        if (!layer.equals(this.layer)) return;
        try (var _ = TensorScope.open()) {
            output.narrow(0, output.dim(0) / 2, 1).narrow(1, output.dim(1) / 3, 1)
                    .copyFrom(Tensor.ofFloats(new float[]{Float.NaN}, 1, 1));
        }
    }
}
