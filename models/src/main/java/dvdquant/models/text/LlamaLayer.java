package dvdquant.models.text;

import dvdquant.models.encoder.EncoderLayer;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.LibtorchAttention;
import dvdquant.tensor.Tensor;

/**
 * One layer of a Llama model: causal self-attention, in which several heads of queries share one of keys, then a feed-forward gated by SiLU.
 *
 * @param rotary of the positions, of as many tokens as the longest prompt at least
 * @param query [heads · headSize, width]
 * @param key [keyHeads · headSize, width], as value
 * @param output [width, heads · headSize]
 * @param attentionNorm [width], F32, as feedNorm
 * @param gate [feedForward, width], as up
 * @param down [width, feedForward]
 */
record LlamaLayer(LlamaConfig config, Rotary rotary, Linear query, Linear key, Linear value, Linear output,
        Tensor attentionNorm, Linear gate, Linear up, Linear down, Tensor feedNorm) implements EncoderLayer {
    static LlamaLayer load(LayerSource layers, LlamaConfig config, int index, Rotary rotary) {
        String name = "layers." + index + ".";
        long width = config.width();
        long inner = (long) config.heads() * config.headSize();
        long shared = (long) config.keyHeads() * config.headSize();
        return new LlamaLayer(config, rotary, layers.matrix(name + "self_attn.q_proj", inner, width),
                layers.matrix(name + "self_attn.k_proj", shared, width),
                layers.matrix(name + "self_attn.v_proj", shared, width),
                layers.matrix(name + "self_attn.o_proj", width, inner),
                layers.precise(name + "input_layernorm.weight", width),
                layers.matrix(name + "mlp.gate_proj", config.feedForward(), width),
                layers.matrix(name + "mlp.up_proj", config.feedForward(), width),
                layers.matrix(name + "mlp.down_proj", width, config.feedForward()),
                layers.precise(name + "post_attention_layernorm.weight", width));
    }

    @Override
    public Tensor forward(Tensor hidden, Compute compute) {
        Kernels kernels = compute.kernels();
        // 1. Self-attention
        LinearInput normed = LinearInput.of(kernels.rmsNorm(hidden, attentionNorm, null, config.eps()), compute);
        Tensor attended = LibtorchAttention.causal(turned(query.forward(normed), config.heads()),
                turned(key.forward(normed), config.keyHeads()), value.forward(normed), config.heads(),
                config.keyHeads()); // [tokens, heads · headSize]
        Tensor states = kernels.gatedResidual(hidden, output.forward(attended, compute), null);
        // 2. Feed-forward
        normed = LinearInput.of(kernels.rmsNorm(states, feedNorm, null, config.eps()), compute);
        Tensor inner = gate.forward(normed).silu().multiply(up.forward(normed)); // [tokens, feedForward]
        return kernels.gatedResidual(states, down.forward(inner, compute), null);
    }

    /**
     * The checkpoint's pairs are channels i and i + headSize / 2 of a head. Here they come to lie side by side and stay so: in queries and
     * keys alike, so that the scores are the same.
     */
    private Tensor turned(Tensor x, int heads) {
        long tokens = x.dim(0);
        Tensor paired = x.reshape(tokens, heads, 2, config.headSize() / 2).transpose(2, 3).reshape(tokens, x.dim(1));
        return LibtorchAttention.turned(paired, new Rotary(rotary.cos().narrow(0, 0, tokens).to(x.type()),
                rotary.sin().narrow(0, 0, tokens).to(x.type())));
    }
}
