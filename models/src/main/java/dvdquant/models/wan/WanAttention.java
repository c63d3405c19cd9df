package dvdquant.models.wan;

import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.tensor.Kernels.QueryKeyNorm;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * Attention of a block, over the tokens themselves or over the text.
 *
 * @param toQ [width, width], as toK, toV and toOut
 * @param normQ [width], F32: RMSNorm across the heads, as normK
 */
public record WanAttention(Linear toQ, Linear toK, Linear toV, Linear toOut, Tensor normQ, Tensor normK, int heads,
        double eps) {
    static WanAttention load(LayerSource layers, String name, WanConfig config) {
        int width = config.width();
        return new WanAttention(layers.linear(name + "to_q", width, width), layers.linear(name + "to_k", width, width),
                layers.linear(name + "to_v", width, width), layers.linear(name + "to_out.0", width, width),
                layers.precise(name + "norm_q.weight", width), layers.precise(name + "norm_k.weight", width),
                config.heads(), config.eps());
    }

    /**
     * residual + gate · attention of tokens over themselves.
     *
     * @param residual [tokens, width]
     * @param x [tokens, width]
     * @param rotary of the tokens
     * @param gate [width], F32
     * @return [tokens, width]
     */
    Tensor addTo(Tensor residual, LinearInput x, Rotary rotary, Tensor gate) {
        return toOut.addTo(residual, attended(x, x, rotary), gate);
    }

    /**
     * residual + attention of tokens over others, which have no positions.
     *
     * @param residual [tokens, width]
     * @param x [tokens, width]
     * @param context [keys, width]
     * @return [tokens, width]
     */
    Tensor addTo(Tensor residual, LinearInput x, LinearInput context) {
        return toOut.addTo(residual, attended(x, context, null), null);
    }

    /** @param rotary of the tokens, or null */
    private LinearInput attended(LinearInput x, LinearInput context, Rotary rotary) {
        try (var scope = TensorScope.open()) { // queries, keys and values are gone before the result is there
            return LinearInput.of(scope.keep(x.compute().kernels().attention(toQ.forward(x), toK.forward(context),
                    toV.forward(context), heads, new QueryKeyNorm(normQ, normK, rotary, eps))), x.compute());
        }
    }
}
