package dvdquant.models.wan.vae;

import dvdquant.tensor.Convolution;
import dvdquant.tensor.Tensor;

/** A convolution that sees the past only: the frames before a chunk are those that the cache remembers. */
record CausalConv(Convolution conv) implements Layer {
    @Override
    public Tensor forward(Tensor x, FeatureCache cache) {
        return cache.convolve(conv, x, conv.history(), conv::apply);
    }
}
