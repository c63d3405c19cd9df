package dvdquant.models.hunyuan.vae;

import dvdquant.tensor.Convolution;
import dvdquant.tensor.Convolution.Input;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** x + toOut(attention(norm(x))), with one head: a pixel sees those of its own frame and of those before. In the place of x. */
record AttentionBlock(GroupNorm groupNorm, Convolution toQ, Convolution toK, Convolution toV, Convolution toOut)
        implements
            Layer {
    @Override
    public Tensor forward(Tensor x) {
        try (var _ = TensorScope.open()) {
            long channels = x.dim(1);
            long frames = x.dim(2);
            long height = x.dim(3);
            long width = x.dim(4);

            // 1. Queries, keys and values: [1, 1, frames · height · width, channels], views
            Tensor normed = groupNorm.forward(x);
            Tensor query = tokens(toQ.apply(Input.of(normed)));
            Tensor key = tokens(toK.apply(Input.of(normed)));
            Tensor value = tokens(toV.apply(Input.of(normed)));

            // 2. The queries of a frame after the other, over the keys up to that frame, so that no mask is needed; in their place
            long pixels = height * width;
            for (long seen = pixels; seen <= frames * pixels; seen += pixels) {
                attend(query.narrow(2, seen - pixels, pixels), key.narrow(2, 0, seen), value.narrow(2, 0, seen));
            }

            // 3. Back to [1, channels, frames, height, width], and onto x
            Tensor clip = query.reshape(1, frames, height, width, channels).permute(0, 4, 1, 2, 3);
            return toOut.addTo(x, Input.of(clip));
        }
    }

    private static Tensor tokens(Tensor x) {
        return x.permute(0, 2, 3, 4, 1).reshape(1, 1, x.dim(2) * x.dim(3) * x.dim(4), x.dim(1));
    }

    private static void attend(Tensor query, Tensor key, Tensor value) {
        try (var _ = TensorScope.open()) {
            query.copyFrom(Tensor.scaledDotProductAttention(query, key, value));
        }
    }
}
