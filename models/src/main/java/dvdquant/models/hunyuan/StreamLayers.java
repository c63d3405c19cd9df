package dvdquant.models.hunyuan;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.models.nn.Modulation;
import dvdquant.tensor.Kernels.AttentionStream;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;

/**
 * The layers that a dual block has for one of its streams.
 *
 * @param norm1 [6 · width, width]: shift, scale and gate of the attention, then of the feed-forward; the norms have no weights
 * @param toQ [width, width], as toK, toV and toOut
 * @param normQ [headSize], F32: RMSNorm of each head, as normK
 * @param up [feedForward, width]
 * @param down [width, feedForward]
 */
record StreamLayers(Linear norm1, Linear toQ, Linear toK, Linear toV, Linear toOut, Tensor normQ, Tensor normK,
        Linear up, Linear down) {
    static StreamLayers ofImage(LayerSource layers, String block, HunyuanVideoConfig config) {
        int width = config.width();
        String attention = block + "attn.";
        return new StreamLayers(layers.linear(block + "norm1.linear", 6L * width, width),
                layers.linear(attention + "to_q", width, width), layers.linear(attention + "to_k", width, width),
                layers.linear(attention + "to_v", width, width), layers.linear(attention + "to_out.0", width, width),
                layers.precise(attention + "norm_q.weight", config.headSize()),
                layers.precise(attention + "norm_k.weight", config.headSize()),
                layers.linear(block + "ff.net.0.proj", config.feedForward(), width),
                layers.linear(block + "ff.net.2", width, config.feedForward()));
    }

    static StreamLayers ofText(LayerSource layers, String block, HunyuanVideoConfig config) {
        int width = config.width();
        String attention = block + "attn.";
        return new StreamLayers(layers.linear(block + "norm1_context.linear", 6L * width, width),
                layers.linear(attention + "add_q_proj", width, width),
                layers.linear(attention + "add_k_proj", width, width),
                layers.linear(attention + "add_v_proj", width, width),
                layers.linear(attention + "to_add_out", width, width),
                layers.precise(attention + "norm_added_q.weight", config.headSize()),
                layers.precise(attention + "norm_added_k.weight", config.headSize()),
                layers.linear(block + "ff_context.net.0.proj", config.feedForward(), width),
                layers.linear(block + "ff_context.net.2", width, config.feedForward()));
    }

    /**
     * @param condition [1, width]
     * @return the table of {@link Modulation#of}, [6, width], F32
     */
    Tensor modulation(Tensor condition, Compute compute) {
        return norm1.forward(condition, compute).to(ElementType.F32).reshape(6, condition.dim(1));
    }

    static LinearInput normed(Tensor x, Modulation modulation, Compute compute) {
        return LinearInput.normed(x, modulation.gain(), modulation.shift(), HunyuanVideoConfig.EPS, compute);
    }

    /** @param rotary of the tokens, or null */
    AttentionStream attention(LinearInput x, Rotary rotary) {
        return new AttentionStream(toQ.forward(x), toK.forward(x), toV.forward(x), normQ, normK, rotary);
    }

    /**
     * @param x [tokens, width]
     * @return [tokens, width]
     */
    Tensor feedForward(Tensor x, Modulation modulation, Compute compute) {
        Tensor inner = up.forward(normed(x, modulation, compute)); // [tokens, feedForward]
        return down.addTo(x, LinearInput.activated(inner, compute), modulation.gate());
    }
}
