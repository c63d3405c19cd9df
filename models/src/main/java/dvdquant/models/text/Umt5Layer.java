package dvdquant.models.text;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.Linear;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Device;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;

import java.util.List;

/** One layer of the encoder: self-attention with a bias by relative position, then a gated feed-forward. */
final class Umt5Layer {
    private final Umt5Config config;
    private final Tensor attentionNorm; // [width], F32
    private final Linear query; // [heads · headSize, width], as key and value
    private final Linear key;
    private final Linear value;
    private final Linear output; // [width, heads · headSize]
    private final Tensor positionBias; // [buckets, heads], F32
    private final Tensor feedNorm; // [width], F32
    private final Linear gate; // [feedForward, width]
    private final Linear up; // [feedForward, width]
    private final Linear down; // [width, feedForward]

    Umt5Layer(Umt5Config config, WeightLoader weights, int index, ElementType type, Device device) {
        this.config = config;
        String attention = Umt5Config.layer(index) + "0.";
        String feed = Umt5Config.layer(index) + "1.";
        attentionNorm = weights.get(attention + "layer_norm.weight", ElementType.F32, device);
        query = linear(weights, attention + "SelfAttention.q", type, device);
        key = linear(weights, attention + "SelfAttention.k", type, device);
        value = linear(weights, attention + "SelfAttention.v", type, device);
        output = linear(weights, attention + "SelfAttention.o", type, device);
        positionBias = weights.get(attention + "SelfAttention.relative_attention_bias.weight", ElementType.F32, device);
        feedNorm = weights.get(feed + "layer_norm.weight", ElementType.F32, device);
        gate = linear(weights, feed + "DenseReluDense.wi_0", type, device);
        up = linear(weights, feed + "DenseReluDense.wi_1", type, device);
        down = linear(weights, feed + "DenseReluDense.wo", type, device);
    }

    private static Linear linear(WeightLoader weights, String name, ElementType type, Device device) {
        return new Linear.Dense(weights.get(name + ".weight", type, device), null);
    }

    /** The large tensors of a layer, whose pages can be given back after use. */
    static List<String> names(int index) {
        String attention = Umt5Config.layer(index) + "0.SelfAttention.";
        String feed = Umt5Config.layer(index) + "1.DenseReluDense.";
        return List.of(attention + "q.weight", attention + "k.weight", attention + "v.weight", attention + "o.weight",
                feed + "wi_0.weight", feed + "wi_1.weight", feed + "wo.weight");
    }

    /** @param hidden [tokens, width] */
    Tensor forward(Tensor hidden, Compute compute) {
        Kernels kernels = compute.kernels();
        // 1. Self-attention
        Tensor normed = kernels.rmsNorm(hidden, attentionNorm, null, config.eps());
        Tensor attended = attend(query.forward(normed, compute), key.forward(normed, compute),
                value.forward(normed, compute));
        Tensor states = kernels.gatedResidual(hidden, output.forward(attended, compute), null);
        // 2. Feed-forward
        normed = kernels.rmsNorm(states, feedNorm, null, config.eps());
        Tensor gated = gate.forward(normed, compute); // [tokens, feedForward]
        kernels.gelu(gated);
        Tensor inner = gated.multiply(up.forward(normed, compute));
        return kernels.gatedResidual(states, down.forward(inner, compute), null);
    }

    /** T5 does not scale the scores, and adds the bias to them; a prompt is short, so all heads go at once, in F32. */
    private Tensor attend(Tensor q, Tensor k, Tensor v) {
        Tensor scores = heads(q).matmul(heads(k).transpose(1, 2)).add(bias(q.dim(0))); // [heads, tokens, tokens]
        Tensor attended = scores.softmax(-1).matmul(heads(v)); // [heads, tokens, headSize]
        return attended.transpose(0, 1).reshape(q.dim(0), q.dim(1)).to(q.type()).contiguous();
    }

    private Tensor heads(Tensor x) {
        return x.to(ElementType.F32).reshape(x.dim(0), config.heads(), config.headSize()).transpose(0, 1);
    }

    private Tensor bias(long tokens) {
        long[] buckets = RelativePositions.buckets((int) tokens, config.buckets(), config.maxDistance());
        Tensor rows = positionBias.indexSelect(0, Tensor.ofLongs(buckets, buckets.length).to(positionBias.device())); // [tokens · tokens, heads]
        return rows.transpose(0, 1).reshape(config.heads(), tokens, tokens);
    }
}
