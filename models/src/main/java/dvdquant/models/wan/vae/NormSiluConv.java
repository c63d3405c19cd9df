package dvdquant.models.wan.vae;

import dvdquant.tensor.Convolution;
import dvdquant.tensor.Tensor;

/** conv(silu(norm(x))), causal in time. */
record NormSiluConv(RmsNorm norm, Convolution conv) implements Layer {
    @Override
    public Tensor forward(Tensor x, FeatureCache cache) {
        return cache.convolve(conv, x, conv.history(), input -> conv.apply(input.with(norm.activation())));
    }

    /** {@code onto} + {@link #forward}, in place. */
    Tensor addTo(Tensor onto, Tensor x, FeatureCache cache) {
        return cache.convolve(conv, x, conv.history(), input -> conv.addTo(onto, input.with(norm.activation())));
    }
}
