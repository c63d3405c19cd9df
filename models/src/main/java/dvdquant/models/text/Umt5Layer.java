package dvdquant.models.text;

import dvdquant.core.format.ElementType;
import dvdquant.models.encoder.EncoderLayer;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;

/**
 * One layer of the encoder: self-attention with a bias by relative position, then a gated feed-forward.
 *
 * @param query [heads · headSize, width], as key and value
 * @param output [width, heads · headSize]
 * @param positionBias [buckets, heads], F32
 * @param attentionNorm [width], F32, as feedNorm
 * @param gate [feedForward, width], as up
 * @param down [width, feedForward]
 */
record Umt5Layer(Umt5Config config, Linear query, Linear key, Linear value, Linear output, Tensor positionBias,
        Tensor attentionNorm, Linear gate, Linear up, Linear down, Tensor feedNorm) implements EncoderLayer {
    static Umt5Layer load(LayerSource layers, Umt5Config config, int index) {
        String attention = "encoder.block." + index + ".layer.0.";
        String feed = "encoder.block." + index + ".layer.1.";
        long width = config.width();
        long inner = (long) config.heads() * config.headSize();
        return new Umt5Layer(config, layers.matrix(attention + "SelfAttention.q", inner, width),
                layers.matrix(attention + "SelfAttention.k", inner, width),
                layers.matrix(attention + "SelfAttention.v", inner, width),
                layers.matrix(attention + "SelfAttention.o", width, inner),
                layers.precise(attention + "SelfAttention.relative_attention_bias.weight", config.buckets(),
                        config.heads()),
                layers.precise(attention + "layer_norm.weight", width),
                layers.matrix(feed + "DenseReluDense.wi_0", config.feedForward(), width),
                layers.matrix(feed + "DenseReluDense.wi_1", config.feedForward(), width),
                layers.matrix(feed + "DenseReluDense.wo", width, config.feedForward()),
                layers.precise(feed + "layer_norm.weight", width));
    }

    @Override
    public Tensor forward(Tensor hidden, Compute compute) {
        Kernels kernels = compute.kernels();
        // 1. Self-attention
        LinearInput normed = LinearInput.of(kernels.rmsNorm(hidden, attentionNorm, null, config.eps()), compute);
        Tensor attended = attend(query.forward(normed), key.forward(normed), value.forward(normed));
        Tensor states = kernels.gatedResidual(hidden, output.forward(attended, compute), null);
        // 2. Feed-forward
        normed = LinearInput.of(kernels.rmsNorm(states, feedNorm, null, config.eps()), compute);
        Tensor gated = gate.forward(normed); // [tokens, feedForward]
        kernels.gelu(gated);
        Tensor inner = gated.multiply(up.forward(normed));
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
