package dvdquant.models.wan.vae;

import dvdquant.tensor.Convolution;
import dvdquant.tensor.Convolution.Input;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** x + proj(attention(toQkv(norm(x)))): the pixels of a frame see each other, with one head; frames do not. In the place of x. */
record AttentionBlock(RmsNorm norm, Convolution toQkv, Convolution proj) implements Layer {
    @Override
    public Tensor forward(Tensor x, FeatureCache cache) {
        try (var _ = TensorScope.open()) {
            long channels = x.dim(1);
            long frames = x.dim(2);
            long height = x.dim(3);
            long width = x.dim(4);

            // 1. Queries, keys and values: [frames, 1, height · width, 3 · channels], a view
            Tensor qkv = toQkv.apply(Input.of(norm.forward(x))).permute(0, 2, 3, 4, 1)
                    .reshape(frames, 1, height * width, 3 * channels);
            Tensor query = qkv.narrow(3, 0, channels);
            Tensor key = qkv.narrow(3, channels, channels);
            Tensor value = qkv.narrow(3, 2 * channels, channels);

            // 2. Attention within each frame: [frames, 1, height · width, channels]
            Tensor attended = Tensor.scaledDotProductAttention(query, key, value);

            // 3. Back to [1, channels, frames, height, width], and onto x
            Tensor image = attended.reshape(1, frames, height, width, channels).permute(0, 4, 1, 2, 3);
            return proj.addTo(x, Input.of(image));
        }
    }
}
