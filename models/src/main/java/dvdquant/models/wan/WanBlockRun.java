package dvdquant.models.wan;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.Linear;
import dvdquant.models.wan.WanBlock.LayerNorm;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/**
 * One block of a Wan transformer with random weights, and random input to run it on: for benchmarks, which need neither a
 * checkpoint nor the rest of the model. Owns the weights and the input. Confined to the thread that made it.
 */
public final class WanBlockRun implements AutoCloseable {
    private static final double WEIGHT_DEVIATION = 0.02;
    private static final int GRID = 64;

    /**
     * Something to be timed.
     *
     * @param shape what goes into it, for people: {@code 4096 × 1536 × 8960} is tokens × in × out
     * @param flops floating-point operations, a multiplication and an addition counted as two; 0: too few to count
     * @param run does it once, and leaves nothing behind
     */
    public record Operation(String name, String shape, double flops, Runnable run) {}

    private final WanConfig config;
    private final ElementType type;
    private final long tokens;
    private final Kernels kernels;
    private final WanBlock block;
    private final Tensor hidden;
    private final Tensor text;
    private final Tensor wide;
    private final Tensor time;
    private final Rotary rotary;
    private final TensorScope.Sealed owner;
    private long seed;

    /**
     * @param type to compute in: F32 or BF16
     * @param tokens of the video; the text has {@link WanTransformer#TEXT_TOKENS}
     * @param kernels borrowed
     */
    public WanBlockRun(WanConfig config, ElementType type, int tokens, long seed, Kernels kernels) {
        this.config = config;
        this.type = type;
        this.tokens = tokens;
        this.kernels = kernels;
        this.seed = seed;
        try (var scope = TensorScope.open()) {
            long width = config.width();
            block = randomBlock();
            hidden = random(1, type, tokens, width);
            text = random(1, type, WanTransformer.TEXT_TOKENS, width);
            wide = random(1, type, tokens, config.feedForward());
            time = random(WEIGHT_DEVIATION, ElementType.F32, 6, width);
            Rotary grid = RotaryPositions.of(config, Math.ceilDiv(tokens, GRID * GRID), GRID, GRID);
            rotary = new Rotary(grid.cos().narrow(0, 0, tokens), grid.sin().narrow(0, 0, tokens));
            owner = scope.seal();
        }
    }

    private WanBlock randomBlock() {
        long width = config.width();
        LayerNorm norm2 = config.crossAttentionNorm()
                ? new LayerNorm(gain(), random(0.02, ElementType.F32, width))
                : null;
        return new WanBlock(randomAttention(), randomAttention(), norm2, linear(config.feedForward(), width),
                linear(width, config.feedForward()), random(WEIGHT_DEVIATION, ElementType.F32, 6, width),
                config.eps());
    }

    private WanAttention randomAttention() {
        long width = config.width();
        return new WanAttention(linear(width, width), linear(width, width), linear(width, width), linear(width, width),
                gain(), gain(), config.heads(), config.eps());
    }

    private Linear linear(long out, long in) {
        return new Linear.Dense(random(WEIGHT_DEVIATION, type, out, in), random(WEIGHT_DEVIATION, type, out));
    }

    private Tensor gain() {
        try (var scope = TensorScope.open()) {
            return scope.keep(random(WEIGHT_DEVIATION, ElementType.F32, config.width()).add(1));
        }
    }

    private Tensor random(double deviation, ElementType to, long... dims) {
        try (var scope = TensorScope.open()) {
            return scope.keep(Tensor.randn(seed++, dims).multiply(deviation).to(to));
        }
    }

    /** A whole forward of the block: its ten linears, both attentions and all between. */
    public Operation block() {
        double linears = linears().stream().mapToDouble(Operation::flops).sum();
        return operation("block", Shape.of(tokens, config.width()).toString(),
                linears + attentionFlops(tokens) + attentionFlops(WanTransformer.TEXT_TOKENS),
                () -> block.forward(hidden, text, time, rotary, new Compute(kernels)));
    }

    /** The products of the block's ten linears, by libtorch's matmul: what the hardware gives without us. */
    public List<Operation> linears() {
        WanAttention attn1 = block.attn1();
        WanAttention attn2 = block.attn2();
        return List.of(product("attn1.to_q", hidden, attn1.toQ()), product("attn1.to_k", hidden, attn1.toK()),
                product("attn1.to_v", hidden, attn1.toV()), product("attn1.to_out.0", hidden, attn1.toOut()),
                product("attn2.to_q", hidden, attn2.toQ()), product("attn2.to_k", text, attn2.toK()),
                product("attn2.to_v", text, attn2.toV()), product("attn2.to_out.0", hidden, attn2.toOut()),
                product("ffn.net.0.proj", hidden, block.ffnUp()), product("ffn.net.2", wide, block.ffnDown()));
    }

    /** Our kernels, each alone, in the shapes that the block has. */
    public List<Operation> kernels() {
        WanAttention attn1 = block.attn1();
        String rows = Shape.of(tokens, config.width()).toString();
        return List.of(attention("attn1", hidden), attention("attn2", text),
                operation("layer norm", rows, 0, () -> kernels.layerNorm(hidden, attn1.normQ(), attn1.normK(), 1e-6)),
                operation("RMS norm, rotary", rows, 0, () -> kernels.rmsNorm(hidden, attn1.normQ(), rotary, 1e-6)),
                operation("GELU", wide.shape().toString(), 0, () -> kernels.gelu(wide)),
                operation("gated residual", rows, 0, () -> kernels.gatedResidual(hidden, hidden, attn1.normQ())));
    }

    private Operation attention(String name, Tensor keys) {
        return operation(name + " attention", tokens + " × " + keys.dim(0) + ", " + config.heads() + " heads",
                attentionFlops(keys.dim(0)), () -> kernels.attention(hidden, keys, keys, config.heads()));
    }

    private double attentionFlops(long keys) {
        return 4.0 * tokens * keys * config.width();
    }

    private static Operation product(String name, Tensor x, Linear linear) {
        if (!(linear instanceof Linear.Dense(Tensor weight, Tensor _))) {
            throw new IllegalStateException("a block of full precision has a quantized layer");
        }
        long in = weight.dim(1);
        long out = weight.dim(0);
        return operation(name, x.dim(0) + " × " + in + " × " + out, 2.0 * x.dim(0) * in * out,
                () -> x.matmul(weight.transpose(0, 1)));
    }

    private static Operation operation(String name, String shape, double flops, Runnable run) {
        return new Operation(name, shape, flops, () -> {
            try (var _ = TensorScope.open()) {
                run.run();
            }
        });
    }

    /** Frees the weights and the input. */
    @Override
    public void close() {
        owner.close();
    }
}
