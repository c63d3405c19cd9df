package dvdquant.models.wan;

import dvdquant.core.format.Shape;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerNorm;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.models.nn.Modulation;
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
    static WanBlock load(LayerSource layers, int index, WanConfig config) {
        String name = "blocks." + index + ".";
        int width = config.width();
        return new WanBlock(WanAttention.load(layers, name + "attn1.", config),
                WanAttention.load(layers, name + "attn2.", config),
                config.crossAttentionNorm()
                        ? LayerNorm.load(layers, name + "norm2", width)
                        : null,
                layers.linear(name + "ffn.net.0.proj", config.feedForward(), width),
                layers.linear(name + "ffn.net.2", width, config.feedForward()),
                layers.precise(name + "scale_shift_table", Shape.of(6, width), 1, 6, width), config.eps());
    }

    /**
     * @param hidden [tokens, width]: the residual stream
     * @param text [keys, width]
     * @param time [6, width], F32
     * @param rotary of the tokens
     * @return [tokens, width]
     */
    public Tensor forward(Tensor hidden, Tensor text, Tensor time, Rotary rotary, Compute compute) {
        Tensor table = scaleShiftTable.add(time);
        Modulation ofAttention = Modulation.of(table, 0);
        Modulation ofFeedForward = Modulation.of(table, 1);
        return TensorScope.fold(hidden, List.<UnaryOperator<Tensor>>of(
                // 1. Self-attention: x + gate · attention(norm(x) · gain + shift)
                x -> attn1.addTo(x, normed(x, ofAttention, compute), rotary, ofAttention.gate()),
                // 2. Cross-attention to the text: x + attention(norm(x), text)
                x -> attn2.addTo(x, normed(x, compute), LinearInput.of(text, compute)),
                // 3. Feed-forward: x + gate · down(gelu(up(norm(x) · gain + shift)))
                x -> {
                    Tensor inner = ffnUp.forward(normed(x, ofFeedForward, compute)); // [tokens, feedForward]
                    return ffnDown.addTo(x, LinearInput.activated(inner, compute), ofFeedForward.gate());
                }), (x, part) -> part.apply(x));
    }

    private LinearInput normed(Tensor x, Modulation modulation, Compute compute) {
        return LinearInput.normed(x, modulation.gain(), modulation.shift(), eps, compute);
    }

    private LinearInput normed(Tensor x, Compute compute) {
        return norm2 == null
                ? LinearInput.of(x, compute)
                : norm2.of(x, eps, compute);
    }
}
