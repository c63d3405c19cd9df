package dvdquant.measure;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.Linear;
import dvdquant.models.wan.RotaryPositions;
import dvdquant.models.wan.WanAttention;
import dvdquant.models.wan.WanBlock;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanTransformer;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * One block of a Wan transformer with random weights, and random input to run it on: for benchmarks, which need neither a
 * checkpoint nor the rest of the model. Owns the weights and the input. Confined to the thread that made it.
 */
public final class WanBlockRun implements AutoCloseable {
    private static final int GRID = 64;

    /**
     * How far blocks are from libtorch's, relative to what that adds to its input: ‖difference‖ / ‖libtorch's − input‖.
     *
     * @param block ours in full precision
     * @param quantized the larger, if weights rest in several ways; empty without a quantized block
     */
    public record Errors(double block, OptionalDouble quantized) {}

    /** How the quantized block is quantized. */
    public record Quantization(WeightScheme weights, ActivationScheme activations) {}

    private final WanConfig config;
    private final long tokens;
    private final ComputeDevice device;
    private final WanBlock block;
    private final Map<Residence, RandomBlock.Quantized> quantized = new EnumMap<>(Residence.class);
    private final Optional<Quantization> quantization;
    private final Tensor hidden;
    private final Tensor text;
    private final Tensor wide;
    private final Tensor time;
    private final Rotary rotary;
    private final TensorScope.Sealed owner;

    /**
     * @param type to compute in: F32 or BF16
     * @param tokens of the video; the text has {@link WanTransformer#TEXT_TOKENS}
     * @param quantization of a second block of the same weights; may be empty
     * @param device borrowed
     */
    public WanBlockRun(WanConfig config, ElementType type, int tokens, long seed, Optional<Quantization> quantization,
            ComputeDevice device) {
        this.config = config;
        this.tokens = tokens;
        this.device = device;
        var random = new RandomBlock(seed, device.device());
        try (var scope = TensorScope.open()) {
            long width = config.width();
            block = random.block(config, type);
            hidden = random.random(1, type, tokens, width);
            text = random.random(1, type, WanTransformer.TEXT_TOKENS, width);
            wide = random.random(1, type, tokens, config.feedForward());
            time = random.random(1, ElementType.F32, 6, width); // gates that let through what there is to compare
            Rotary grid = RotaryPositions.of(config, Math.ceilDiv(tokens, GRID * GRID), GRID, GRID);
            rotary = new Rotary(grid.cos().narrow(0, 0, tokens).to(device.device()),
                    grid.sin().narrow(0, 0, tokens).to(device.device()));
            this.quantization = quantization;
            quantization.ifPresent(q -> {
                for (Residence residence : residences()) {
                    quantized.put(residence, RandomBlock.quantized(block, q.weights(), residence, device.weights()));
                }
            });
            owner = scope.seal();
        }
    }

    /** A whole forward of the block: its ten linears, both attentions and all between. */
    public Operation block() {
        return whole("block", this::forward);
    }

    /** The same with quantized linears, once for each way in which their weights may rest: the fastest of the device first. */
    public List<Operation> quantizedBlocks() {
        return residences().stream().filter(quantized::containsKey)
                .map(residence -> whole("quantized block, " + residence.name().toLowerCase(Locale.ROOT),
                        () -> quantizedForward(residence)))
                .toList();
    }

    private List<Residence> residences() {
        Residence fastest = quantization.map(q -> device.weights().fastest(q.weights())).orElse(Residence.PACKED);
        if (!device.device().isCpu()) return List.of(fastest);
        return List.of(fastest, fastest == Residence.PACKED ? Residence.EXPANDED : Residence.PACKED);
    }

    /**
     * The block by libtorch's operations alone.
     *
     * @param type of its products and attention: F32 or BF16
     */
    public Operation libtorchBlock(ElementType type) {
        var weights = new LibtorchBlock(RandomBlock.converted(block, type), config.heads(), type);
        Tensor x = hidden.to(type);
        Tensor context = text.to(type);
        return whole("libtorch's block, " + type, () -> weights.forward(x, context, time, rotary));
    }

    /** [tokens, width] */
    Tensor forward() {
        return block.forward(hidden, text, time, rotary, new Compute(device.kernels()));
    }

    /** [tokens, width] */
    Tensor quantizedForward(Residence residence) {
        return quantized.get(residence).block().forward(hidden, text, time, rotary,
                new Compute(device.kernels(), quantization.orElseThrow().activations()));
    }

    /** [tokens, width] */
    Tensor libtorchForward(ElementType type) {
        return new LibtorchBlock(RandomBlock.converted(block, type), config.heads(), type).forward(hidden.to(type),
                text.to(type), time, rotary);
    }

    /** @param type that libtorch's block computes in: F32 or BF16 */
    public Errors errors(ElementType type) {
        try (var _ = TensorScope.open()) {
            Tensor expected = libtorchForward(type).to(ElementType.F32);
            double added = expected.subtract(hidden).length();
            return new Errors(forward().subtract(expected).length() / added, quantized.keySet().stream()
                    .mapToDouble(residence -> quantizedForward(residence).subtract(expected).length() / added).max());
        }
    }

    private Operation whole(String name, Supplier<Tensor> forward) {
        return Operation.scoped(name, Shape.of(tokens, config.width()).toString(), flops(config, tokens), forward::get);
    }

    /** Operations of a block's ten linears and both attentions; the rest counts as nothing. */
    public static double flops(WanConfig config, long tokens) {
        double width = config.width();
        double rows = 6.0 * tokens + 2.0 * WanTransformer.TEXT_TOKENS; // through layers of width × width
        return 2 * width * (rows * width + 2.0 * tokens * config.feedForward())
                + attentionFlops(config, tokens, tokens) + attentionFlops(config, tokens, WanTransformer.TEXT_TOKENS);
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
                operation("layer norm", rows,
                        () -> device.kernels().layerNorm(hidden, attn1.normQ(), attn1.normK(), 1e-6)),
                operation("RMS norm, rotary", rows,
                        () -> device.kernels().rmsNorm(hidden, attn1.normQ(), rotary, 1e-6)),
                operation("GELU", wide.shape().toString(), () -> device.kernels().gelu(wide)),
                operation("gated residual", rows, () -> device.kernels().gatedResidual(hidden, hidden, attn1.normQ())));
    }

    private static Operation operation(String name, String shape, Runnable run) {
        return Operation.scoped(name, shape, 0, run);
    }

    private Operation attention(String name, Tensor keys) {
        return Operation.scoped(name + " attention", tokens + " × " + keys.dim(0) + ", " + config.heads() + " heads",
                attentionFlops(config, tokens, keys.dim(0)),
                () -> device.kernels().attention(hidden, keys, keys, config.heads()));
    }

    private static double attentionFlops(WanConfig config, long tokens, long keys) {
        return 4.0 * tokens * keys * config.width();
    }

    private static Operation product(String name, Tensor x, Linear linear) {
        Tensor weight = RandomBlock.dense(linear).weight().tensor();
        long in = weight.dim(1);
        long out = weight.dim(0);
        return Operation.scoped(name, x.dim(0) + " × " + in + " × " + out, 2.0 * x.dim(0) * in * out,
                () -> x.matmul(weight.transpose(0, 1)));
    }

    /** Frees the weights and the input. */
    @Override
    public void close() {
        quantized.values().forEach(RandomBlock.Quantized::close);
        owner.close();
    }
}
