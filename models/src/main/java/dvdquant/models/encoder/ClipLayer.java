package dvdquant.models.encoder;

import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerNorm;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.LibtorchAttention;
import dvdquant.tensor.Tensor;

/**
 * One layer of a CLIP model: self-attention, then a feed-forward.
 *
 * @param query [width, width], as key, value and output
 * @param up [feedForward, width]
 * @param down [width, feedForward]
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/models/clip/modeling_clip.py">transformers,
 *      CLIPEncoderLayer</a>
 */
public record ClipLayer(ClipEncoderConfig config, Linear query, Linear key, Linear value, Linear output,
        LayerNorm attentionNorm, Linear up, Linear down, LayerNorm feedNorm) implements EncoderLayer {
    /** @param model before all names, such as {@code text_model.} */
    public static ClipLayer load(LayerSource layers, ClipEncoderConfig config, String model, int index) {
        String name = model + "encoder.layers." + index + ".";
        int width = config.width();
        return new ClipLayer(config, layers.biased(name + "self_attn.q_proj", width, width),
                layers.biased(name + "self_attn.k_proj", width, width),
                layers.biased(name + "self_attn.v_proj", width, width),
                layers.biased(name + "self_attn.out_proj", width, width),
                LayerNorm.load(layers, name + "layer_norm1", width),
                layers.biased(name + "mlp.fc1", config.feedForward(), width),
                layers.biased(name + "mlp.fc2", width, config.feedForward()),
                LayerNorm.load(layers, name + "layer_norm2", width));
    }

    @Override
    public Tensor forward(Tensor hidden, Compute compute) {
        Kernels kernels = compute.kernels();
        // 1. Self-attention
        Tensor attended = attention(attentionNorm.of(hidden, config.eps(), compute));
        Tensor states = kernels.gatedResidual(hidden, output.forward(attended, compute), null);
        // 2. Feed-forward
        Tensor inner = up.forward(feedNorm.of(states, config.eps(), compute)); // [tokens, feedForward]
        Tensor activated = config.quick() ? inner.quickGelu() : inner.geluExact();
        return kernels.gatedResidual(states, down.forward(activated, compute), null);
    }

    /** @return [tokens, width] */
    private Tensor attention(LinearInput normed) {
        Tensor queries = query.forward(normed);
        Tensor keys = key.forward(normed);
        Tensor values = value.forward(normed);
        return config.causal()
                ? LibtorchAttention.causal(queries, keys, values, config.heads(), config.heads())
                : LibtorchAttention.of(queries, keys, values, config.heads());
    }
}
