package dvdquant.models.wan;

import dvdquant.core.format.Shape;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerNorm;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One block of the transformer: self-attention, cross-attention to the text and, in a model that has it, to an image, feed-forward. The
 * first and the last are modulated by the time: scale and shift after the norm, and a gate on the way back to the residual stream.
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
    /** @param index from 0 */
    public static WanBlock load(LayerSource layers, int index, WanConfig config) {
        String name = "blocks." + index + ".";
        int width = config.width();
        return new WanBlock(WanAttention.ofTokens(layers, name + "attn1.", config),
                WanAttention.ofContext(layers, name + "attn2.", config),
                config.crossAttentionNorm()
                        ? LayerNorm.load(layers, name + "norm2", width)
                        : null,
                layers.linear(name + "ffn.net.0.proj", config.feedForward(), width),
                layers.linear(name + "ffn.net.2", width, config.feedForward()),
                layers.precise(name + "scale_shift_table", Shape.of(6, width), 1, 6, width), config.eps());
    }

    /**
     * Over tokens of one time.
     *
     * @param hidden [tokens, width]: the residual stream
     * @param time [6, width], F32
     * @param rotary of the tokens
     * @return [tokens, width]
     */
    public Tensor forward(Tensor hidden, WanContext context, Tensor time, Rotary rotary, Compute compute) {
        return forward(hidden, context, List.of(new TimedTokens(hidden.dim(0), time)), rotary, compute);
    }

    /**
     * @param hidden [tokens, width]: the residual stream
     * @param times of the tokens, projected
     * @param rotary of the tokens
     * @return [tokens, width]
     */
    Tensor forward(Tensor hidden, WanContext context, List<TimedTokens> times, Rotary rotary, Compute compute) {
        ModulatedTokens ofAttention = TimedTokens.inBlock(times, scaleShiftTable, 0);
        ModulatedTokens ofFeedForward = TimedTokens.inBlock(times, scaleShiftTable, 1);
        return TensorScope.fold(hidden, List.<UnaryOperator<Tensor>>of(
                // 1. Self-attention: x + gate · attention(norm(x) · gain + shift)
                x -> attn1.addTo(x, ofAttention.normed(x, eps, compute), rotary, ofAttention),
                // 2. Cross-attention to text and image: x + attention(norm(x), text) + attention(norm(x), image)
                x -> attn2.addTo(x, normed(x, compute), context),
                // 3. Feed-forward: x + gate · down(gelu(up(norm(x) · gain + shift)))
                x -> ofFeedForward.addTo(x, ffnDown,
                        LinearInput.activated(inner(ofFeedForward.normed(x, eps, compute)), compute))),
                (x, part) -> part.apply(x));
    }

    /** [tokens, feedForward] */
    private Tensor inner(LinearInput x) {
        try (var scope = TensorScope.open()) { // what it is made of is gone before the result of the part is there
            return scope.keep(ffnUp.forward(x));
        }
    }

    private LinearInput normed(Tensor x, Compute compute) {
        return norm2 == null
                ? LinearInput.of(x, compute)
                : norm2.of(x, eps, compute);
    }
}
