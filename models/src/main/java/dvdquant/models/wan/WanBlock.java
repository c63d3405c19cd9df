package dvdquant.models.wan;

import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One block of the transformer: self-attention, cross-attention to the text, feed-forward. The first and the last are modulated
 * by the time: scale and shift after the norm, and a gate on the way back to the residual stream.
 *
 * @param norm2 the norm before the cross-attention
 * @param ffnUp [feedForward, width]
 * @param ffnDown [width, feedForward]
 * @param scaleShiftTable [6, width], F32: what the time's modulation is added to
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/transformers/transformer_wan.py">diffusers,
 *      WanTransformerBlock</a>
 */
public record WanBlock(WanAttention attn1, WanAttention attn2, LayerNorm norm2, Linear ffnUp, Linear ffnDown,
        Tensor scaleShiftTable, double eps) {
    /**
     * A LayerNorm with weights.
     *
     * @param weight [width], F32
     * @param bias [width], F32
     */
    public record LayerNorm(Tensor weight, Tensor bias) {}

    static WanBlock load(LayerLoader layers, int index, WanConfig config) {
        String name = "blocks." + index + ".";
        LayerNorm norm2 = config.crossAttentionNorm()
                ? new LayerNorm(layers.precise(name + "norm2.weight"), layers.precise(name + "norm2.bias"))
                : null;
        return new WanBlock(WanAttention.load(layers, name + "attn1.", config),
                WanAttention.load(layers, name + "attn2.", config), norm2, layers.linear(name + "ffn.net.0.proj"),
                layers.linear(name + "ffn.net.2"),
                layers.precise(name + "scale_shift_table").reshape(6, config.width()), config.eps());
    }

    /**
     * @param hidden [tokens, width]: the residual stream
     * @param text [keys, width]
     * @param time [6, width], F32
     * @param rotary of the tokens
     * @return [tokens, width]
     */
    public Tensor forward(Tensor hidden, Tensor text, Tensor time, Rotary rotary, Compute compute) {
        Tensor modulation = scaleShiftTable.add(time); // [6, width]: shift, scale and gate, twice
        UnaryOperator<Tensor> selfAttention = x -> {
            LinearInput normed = LinearInput.normed(x, gain(modulation, 1), row(modulation, 0), eps, compute);
            return attn1.forward(normed, normed, rotary, x, row(modulation, 2));
        };
        UnaryOperator<Tensor> crossAttention = x -> {
            LinearInput normed = norm2 == null
                    ? LinearInput.of(x, compute)
                    : LinearInput.normed(x, norm2.weight, norm2.bias, eps, compute);
            return attn2.forward(normed, LinearInput.of(text, compute), null, x, null);
        };
        UnaryOperator<Tensor> feedForward = x -> {
            Tensor inner = ffnUp.forward(LinearInput.normed(x, gain(modulation, 4), row(modulation, 3), eps, compute));
            return ffnDown.addTo(x, LinearInput.activated(inner, compute), row(modulation, 5)); // inner: [tokens, feedForward]
        };
        return TensorScope.fold(hidden, List.of(selfAttention, crossAttention, feedForward),
                (x, part) -> part.apply(x));
    }

    private static Tensor row(Tensor modulation, int index) {
        return modulation.narrow(0, index, 1).reshape(modulation.dim(1));
    }

    private static Tensor gain(Tensor modulation, int index) {
        return row(modulation, index).add(1);
    }
}
