package dvdquant.models.vae;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/**
 * x + second(first(x)).
 *
 * @param convShortcut applied to x where the number of channels changes, else null
 */
record ResidualBlock(NormSiluConv first, NormSiluConv second, Conv3d convShortcut) implements Layer {
    @Override
    public Tensor forward(Tensor x, FeatureCache cache) {
        try (var scope = TensorScope.open()) {
            Tensor hidden = Layer.forward(x, List.of(first, second), cache);
            Tensor shortcut = convShortcut == null ? x : convShortcut.forward(x);
            return scope.keep(hidden.addInPlace(shortcut));
        }
    }
}
