package dvdquant.models.vae;

import dvdquant.tensor.Tensor;

import java.util.List;

/** conv(silu(norm(x))), causal in time. */
record NormSiluConv(RmsNorm norm, Conv3d conv) implements Layer {
    @Override
    public Tensor forward(Tensor x, FeatureCache cache) {
        return Layer.chain(x, List.of(
                norm::forward,
                Tensor::siluInPlace,
                value -> cache.extend(conv, value, conv.history()),
                conv::forward));
    }
}
