package dvdquant.models.hunyuan;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerNorm;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A block over a text's tokens: attention and feed-forward, whose gates on the way back to the residual stream are the condition's.
 *
 * @param toQ [width, width], as toK, toV and toOut
 * @param up [4 · width, width]
 * @param down [width, 4 · width]
 * @param gates [2 · width, width]: {@code norm_out}, which despite its name norms nothing
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/transformers/transformer_hunyuan_video.py">
 *      diffusers, HunyuanVideoIndividualTokenRefinerBlock</a>
 */
record RefinerBlock(LayerNorm norm1, Linear toQ, Linear toK, Linear toV, Linear toOut, LayerNorm norm2, Linear up,
        Linear down, Linear gates, int heads) {
    private static final int MLP_RATIO = 4;

    static RefinerBlock load(LayerSource layers, String name, HunyuanVideoConfig config) {
        int width = config.width();
        String attention = name + "attn.";
        return new RefinerBlock(LayerNorm.load(layers, name + "norm1", width),
                layers.linear(attention + "to_q", width, width), layers.linear(attention + "to_k", width, width),
                layers.linear(attention + "to_v", width, width), layers.linear(attention + "to_out.0", width, width),
                LayerNorm.load(layers, name + "norm2", width),
                layers.linear(name + "ff.net.0.proj", (long) MLP_RATIO * width, width),
                layers.linear(name + "ff.net.2", width, (long) MLP_RATIO * width),
                layers.linear(name + "norm_out.linear", 2L * width, width), config.heads());
    }

    /**
     * @param tokens [tokens, width]
     * @param condition [1, width]: time and text, after SiLU
     * @return [tokens, width]
     */
    Tensor forward(Tensor tokens, Tensor condition, Compute compute) {
        Tensor gate = gates.forward(condition, compute).to(ElementType.F32).reshape(2, tokens.dim(1));
        Tensor ofAttention = gate.narrow(0, 0, 1).reshape(tokens.dim(1));
        Tensor ofFeedForward = gate.narrow(0, 1, 1).reshape(tokens.dim(1));
        return TensorScope.fold(tokens, List.<UnaryOperator<Tensor>>of(
                // 1. x + gate · attention(norm(x))
                x -> toOut.addTo(x, attended(norm1.of(x, HunyuanVideoConfig.EPS, compute)), ofAttention),
                // 2. x + gate · down(silu(up(norm(x))))
                x -> {
                    Tensor inner = up.forward(norm2.of(x, HunyuanVideoConfig.EPS, compute)).siluInPlace();
                    return down.addTo(x, LinearInput.of(inner, compute), ofFeedForward);
                }),
                (x, part) -> part.apply(x));
    }

    private LinearInput attended(LinearInput x) {
        return LinearInput.of(x.compute().kernels().attention(toQ.forward(x), toK.forward(x), toV.forward(x), heads),
                x.compute());
    }
}
