package dvdquant.models.hunyuan;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.models.nn.Modulation;
import dvdquant.tensor.Kernels.QueryKeyNorm;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * A single-stream block: attention and feed-forward side by side, of the same input, over image and text together.
 *
 * @param norm [3 · width, width]: shift, scale and gate
 * @param toQ [width, width], as toK and toV
 * @param normQ [headSize], F32: RMSNorm of each head, as normK
 * @param projMlp [feedForward, width]
 * @param projOut [width, width + feedForward]: of what is attended, and of the feed-forward's inner values
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/transformers/transformer_hunyuan_video.py">
 *      diffusers, HunyuanVideoSingleTransformerBlock</a>
 */
record SingleBlock(Linear norm, Linear toQ, Linear toK, Linear toV, Tensor normQ, Tensor normK, Linear projMlp,
        Linear projOut, int heads) {
    static SingleBlock load(LayerSource layers, int index, HunyuanVideoConfig config) {
        String name = "single_transformer_blocks." + index + ".";
        String attention = name + "attn.";
        int width = config.width();
        return new SingleBlock(layers.linear(name + "norm.linear", 3L * width, width),
                layers.linear(attention + "to_q", width, width), layers.linear(attention + "to_k", width, width),
                layers.linear(attention + "to_v", width, width),
                layers.precise(attention + "norm_q.weight", config.headSize()),
                layers.precise(attention + "norm_k.weight", config.headSize()),
                layers.linear(name + "proj_mlp", config.feedForward(), width),
                layers.linear(name + "proj_out", width, (long) width + config.feedForward()), config.heads());
    }

    /**
     * x + gate · out(attention(n), gelu(mlp(n))), n = norm(x) · gain + shift.
     *
     * @param hidden [tokens, width]: the image's, then the text's
     * @param condition [1, width]: what the block is modulated by, after SiLU
     * @param rotary of the image's tokens
     * @return [tokens, width]
     */
    Tensor forward(Tensor hidden, Tensor condition, Rotary rotary, Compute compute) {
        Modulation modulation = Modulation
                .of(norm.forward(condition, compute).to(ElementType.F32).reshape(3, hidden.dim(1)), 0);
        LinearInput x = LinearInput.normed(hidden, modulation.gain(), modulation.shift(), HunyuanVideoConfig.EPS,
                compute);
        Tensor inner = projMlp.forward(x); // [tokens, feedForward]
        compute.kernels().gelu(inner);
        Tensor attended = attended(x, rotary);
        return projOut.addTo(hidden, LinearInput.sideBySide(attended, inner, compute), modulation.gate());
    }

    private Tensor attended(LinearInput x, Rotary rotary) {
        try (var scope = TensorScope.open()) { // queries, keys and values are gone before the result is there
            return scope.keep(x.compute().kernels().attention(toQ.forward(x), toK.forward(x), toV.forward(x), heads,
                    new QueryKeyNorm(normQ, normK, rotary, HunyuanVideoConfig.EPS)));
        }
    }
}
