package dvdquant.models.vae;

import dvdquant.tensor.Tensor;

import java.util.List;

/** A convolution that sees the past only: the frames before a chunk are those that the cache remembers. */
record CausalConv(Conv3d conv) implements Layer {
    @Override
    public Tensor forward(Tensor x, FeatureCache cache) {
        if (conv.history() == 0) return conv.forward(x);
        return Layer.chain(x, List.of(
                value -> cache.extend(conv, value, conv.history()),
                conv::forward));
    }
}
