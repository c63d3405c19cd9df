package dvdquant.models.wan.vae;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/** shortcut(x) + layers(x): residual blocks, and what resamples after them. */
record ResidualLevel(List<Layer> layers, Shortcut shortcut) implements Layer {
    @Override
    public Tensor forward(Tensor x, FeatureCache cache) {
        try (var scope = TensorScope.open()) {
            Tensor taken = shortcut.taken(x);
            Tensor result = Layer.forward(x, layers, cache);
            shortcut.addTo(result, taken, cache.isFirstChunk());
            return result == x ? x : scope.keep(result);
        }
    }
}
