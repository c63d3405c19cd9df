package dvdquant.models.text;

import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.LibtorchAttention;
import dvdquant.tensor.Tensor;

/**
 * One layer of a CLIP text model: causal self-attention, then a feed-forward.
 *
 * @param query [width, width], as key, value and output
 * @param up [feedForward, width]
 * @param down [width, feedForward]
 */
record ClipTextLayer(ClipTextConfig config, Linear query, Linear key, Linear value, Linear output, Norm attentionNorm,
        Linear up, Linear down, Norm feedNorm) implements TextLayer {
    /**
     * LayerNorm.
     *
     * @param gain [width], F32, as offset
     */
    record Norm(Tensor gain, Tensor offset, double eps) {
        Tensor apply(Tensor x, Kernels kernels) {
            return kernels.layerNorm(x, gain, offset, eps);
        }
    }

    static ClipTextLayer load(LayerSource layers, ClipTextConfig config, int index) {
        String name = ClipTextConfig.LAYERS + index + ".";
        long width = config.width();
        return new ClipTextLayer(config, layers.biased(name + "self_attn.q_proj", width, width),
                layers.biased(name + "self_attn.k_proj", width, width),
                layers.biased(name + "self_attn.v_proj", width, width),
                layers.biased(name + "self_attn.out_proj", width, width), norm(layers, config, name + "layer_norm1"),
                layers.biased(name + "mlp.fc1", config.feedForward(), width),
                layers.biased(name + "mlp.fc2", width, config.feedForward()),
                norm(layers, config, name + "layer_norm2"));
    }

    private static Norm norm(LayerSource layers, ClipTextConfig config, String name) {
        return new Norm(layers.precise(name + ".weight", config.width()),
                layers.precise(name + ".bias", config.width()),
                config.eps());
    }

    @Override
    public Tensor forward(Tensor hidden, Compute compute) {
        Kernels kernels = compute.kernels();
        // 1. Self-attention
        LinearInput normed = LinearInput.of(attentionNorm.apply(hidden, kernels), compute);
        Tensor attended = LibtorchAttention.causal(query.forward(normed), key.forward(normed), value.forward(normed),
                config.heads(), config.heads());
        Tensor states = kernels.gatedResidual(hidden, output.forward(attended, compute), null);
        // 2. Feed-forward
        Tensor inner = up.forward(feedNorm.apply(states, kernels), compute); // [tokens, feedForward]
        Tensor activated = config.quick() ? inner.quickGelu() : inner.geluExact();
        return kernels.gatedResidual(states, down.forward(activated, compute), null);
    }
}
