package dvdquant.models.wan.vae;

import dvdquant.tensor.Convolution;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * x + second(first(x)), in the place of x where the number of channels stays.
 *
 * @param convShortcut applied to x where the number of channels changes, else null
 */
record ResidualBlock(NormSiluConv first, NormSiluConv second, Convolution convShortcut) implements Layer {
    @Override
    public Tensor forward(Tensor x, FeatureCache cache) {
        try (var scope = TensorScope.open()) {
            Tensor hidden = first.forward(x, cache);
            if (convShortcut == null) return second.addTo(x, hidden, cache);
            Tensor shortcut = convShortcut.apply(Convolution.Input.of(x));
            return scope.keep(second.addTo(shortcut, hidden, cache));
        }
    }
}
