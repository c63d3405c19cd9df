package dvdquant.measure;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.models.nn.InputBasis;
import dvdquant.models.nn.LayerNorm;
import dvdquant.models.nn.Linear;
import dvdquant.models.wan.WanAttention;
import dvdquant.models.wan.WanBlock;
import dvdquant.models.wan.WanConfig;
import dvdquant.tensor.Device;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.WeightStore;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Makes blocks with random weights, for benchmarks; the same seed makes the same weights, whatever their type. */
final class RandomBlock {
    /** Of what stands around the products; weights keep the variance of what they multiply. */
    private static final double DEVIATION = 0.02;

    private final Device device;
    private long seed;

    RandomBlock(long seed, Device device) {
        this.seed = seed;
        this.device = device;
    }

    /** A block in full precision, in the caller's scope. */
    WanBlock block(WanConfig config, ElementType type) {
        long width = config.width();
        LayerNorm norm2 = config.crossAttentionNorm()
                ? new LayerNorm(gain(width), random(0.02, ElementType.F32, width))
                : null;
        return new WanBlock(attention(config, type), attention(config, type), norm2,
                linear(type, config.feedForward(), width), linear(type, width, config.feedForward()),
                random(DEVIATION, ElementType.F32, 6, width), config.eps());
    }

    private WanAttention attention(WanConfig config, ElementType type) {
        long width = config.width();
        return new WanAttention(linear(type, width, width), linear(type, width, width), linear(type, width, width),
                linear(type, width, width), gain(width), gain(width), config.heads(), config.eps());
    }

    private Linear linear(ElementType type, long out, long in) {
        return new Linear.Dense(random(1 / Math.sqrt(in), type, out, in), random(DEVIATION, type, out));
    }

    private Tensor gain(long width) {
        try (var scope = TensorScope.open()) {
            return scope.keep(random(DEVIATION, ElementType.F32, width).add(1));
        }
    }

    /** Normally distributed values, in the caller's scope. */
    Tensor random(double deviation, ElementType to, long... dims) {
        try (var scope = TensorScope.open()) {
            return scope.keep(Tensor.randn(seed++, dims).to(device).multiply(deviation).to(to));
        }
    }

    /** The same block with its weights in another type, in the caller's scope. */
    static WanBlock converted(WanBlock block, ElementType type) {
        return mapped(block, linear -> {
            Linear.Dense dense = dense(linear);
            return new Linear.Dense(dense.weight().tensor().to(type), dense.bias().to(type));
        });
    }

    /** The same block with its linears quantized. */
    static Quantized quantized(WanBlock block, WeightScheme scheme, Residence residence, WeightStore device) {
        var weights = new ArrayList<QuantizedWeights>();
        WanBlock quantized = mapped(block, linear -> {
            Linear.Dense dense = dense(linear);
            QuantizedWeights layer = PackedLayer.of(dense.weight().tensor(), dense.bias(), scheme).load(device,
                    residence);
            weights.add(layer);
            return new Linear.Quantized(layer,
                    new InputBasis(Optional.empty(), scheme.rotation(), ActivationRule.DEFAULT));
        });
        return new Quantized(quantized, weights);
    }

    /** A quantized block; owns its weights. */
    record Quantized(WanBlock block, List<QuantizedWeights> weights) implements AutoCloseable {
        @Override
        public void close() {
            weights.forEach(QuantizedWeights::close);
        }
    }

    private static WanBlock mapped(WanBlock block, UnaryOperator<Linear> change) {
        return new WanBlock(mapped(block.attn1(), change), mapped(block.attn2(), change), block.norm2(),
                change.apply(block.ffnUp()), change.apply(block.ffnDown()), block.scaleShiftTable(), block.eps());
    }

    private static WanAttention mapped(WanAttention attention, UnaryOperator<Linear> change) {
        return new WanAttention(change.apply(attention.toQ()), change.apply(attention.toK()),
                change.apply(attention.toV()), change.apply(attention.toOut()), attention.normQ(), attention.normK(),
                attention.heads(), attention.eps());
    }

    static Linear.Dense dense(Linear linear) {
        if (linear instanceof Linear.Dense dense) return dense;
        throw new IllegalStateException("a block of full precision has the layer " + linear);
    }
}
