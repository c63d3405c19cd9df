package dvdquant.models.hunyuan.vae;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * x + second(first(x)), in the place of x where the number of channels stays.
 *
 * @param convShortcut applied to x where the number of channels changes, else null
 */
record ResidualBlock(NormSiluConv first, NormSiluConv second, CausalConv convShortcut) implements Layer {
    @Override
    public Tensor forward(Tensor x) {
        try (var scope = TensorScope.open()) {
            Tensor hidden = first.forward(x);
            if (convShortcut == null) return second.addTo(x, hidden);
            return scope.keep(second.addTo(convShortcut.forward(x), hidden));
        }
    }
}
