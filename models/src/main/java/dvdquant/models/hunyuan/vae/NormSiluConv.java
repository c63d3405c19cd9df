package dvdquant.models.hunyuan.vae;

import dvdquant.tensor.Convolution.Input;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** conv(silu(norm(x))), the last two in one pass. */
record NormSiluConv(GroupNorm norm, CausalConv conv) implements Layer {
    @Override
    public Tensor forward(Tensor x) {
        try (var scope = TensorScope.open()) {
            return scope.keep(conv.conv().apply(input(x)));
        }
    }

    /** {@code onto} + {@link #forward}, in place. */
    Tensor addTo(Tensor onto, Tensor x) {
        try (var _ = TensorScope.open()) {
            return conv.conv().addTo(onto, input(x));
        }
    }

    private Input input(Tensor x) {
        return conv.input(x).with(norm.silu(x));
    }
}
