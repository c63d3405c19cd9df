package dvdquant.models.wan;

import dvdquant.models.nn.LayerLoader;
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
    static WanAttention load(LayerLoader layers, String name, WanConfig config) {
        return new WanAttention(layers.linear(name + "to_q"), layers.linear(name + "to_k"),
                layers.linear(name + "to_v"), layers.linear(name + "to_out.0"),
                layers.precise(name + "norm_q.weight"), layers.precise(name + "norm_k.weight"), config.heads(),
                config.eps());
    }

    /**
     * @param x [tokens, width]: the queries' side
     * @param context [keys, width]: {@code x} again, or the text
     * @param rotary of the tokens, or null
     * @param residual [tokens, width]: what the result is added to
     * @param gate [width], F32: of the result; null stands for ones
     * @return [tokens, width]
     */
    Tensor forward(LinearInput x, LinearInput context, Rotary rotary, Tensor residual, Tensor gate) {
        Tensor attended;
        try (var scope = TensorScope.open()) { // queries, keys and values are gone before the result is there
            attended = scope.keep(x.compute().kernels().attention(toQ.forward(x), toK.forward(context),
                    toV.forward(context), heads, new QueryKeyNorm(normQ, normK, rotary, eps)));
        }
        return toOut.addTo(residual, LinearInput.of(attended, x.compute()), gate);
    }
}
