package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.measure.Operation;
import dvdquant.measure.PackedLayer;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.InputBasis;
import dvdquant.models.nn.Linear;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One block of a transformer with random weights, and random input to run it on: for benchmarks, which need neither a checkpoint nor the
 * rest of the model. Owns the weights and the input. Confined to the thread that made it.
 *
 * @param <B> the block's weights
 */
final class BlockRun<B> implements AutoCloseable {
    private final BlockKind<B> kind;
    private final int tokens;
    private final RandomLayers layers;
    private final BlockInput<B> input;
    private final ComputeDevice device;
    private final B block;
    private final Map<String, Linear.Dense> linears = new LinkedHashMap<>();
    private final Map<Residence, B> quantized = new EnumMap<>(Residence.class);
    private final List<QuantizedWeights> packed = new ArrayList<>();
    private final Optional<Quantization> quantization;
    private final TensorScope.Sealed owner;

    private BlockRun(BlockKind<B> kind, BlockBenchmark.Shape shape, long seed, ComputeDevice device) {
        this.kind = kind;
        this.tokens = shape.tokens();
        this.layers = RandomLayers.dense(seed, shape.type(), device.device());
        this.device = device;
        this.quantization = shape.quantization();
        try (var scope = TensorScope.open()) {
            input = kind.input(layers, tokens);
            block = kind.load(layers.withForm((name, layer) -> {
                linears.put(name, layer);
                return layer;
            }));
            quantization.ifPresent(q -> residences().forEach(residence -> quantized.put(residence,
                    kind.load(layers.withForm((name, layer) -> kind.isQuantized(name)
                            ? quantized(layer, q.weights(), residence)
                            : layer)))));
            owner = scope.seal();
        }
    }

    /** @param device borrowed */
    static BlockRun<?> of(BlockBenchmark.Shape shape, long seed, ComputeDevice device) {
        return of(shape.kind(), shape, seed, device);
    }

    private static <B> BlockRun<B> of(BlockKind<B> kind, BlockBenchmark.Shape shape, long seed, ComputeDevice device) {
        return new BlockRun<>(kind, shape, seed, device);
    }

    private Linear quantized(Linear.Dense layer, WeightScheme scheme, Residence residence) {
        QuantizedWeights weights = PackedLayer.of(layer.weight().tensor(), layer.bias(), scheme)
                .load(device.weights(), residence);
        packed.add(weights);
        return new Linear.Quantized(weights,
                new InputBasis(Optional.empty(), scheme.rotation(), ActivationRule.DEFAULT));
    }

    /** A whole forward of the block. */
    Operation block() {
        return whole("block", this::forward);
    }

    /** The same with quantized linears, once for each way in which their weights may rest: the fastest of the device first. */
    List<Operation> quantizedBlocks() {
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
     * The block by libtorch's operations alone, in each way that people run it.
     *
     * @param type of its products and attention: F32 or BF16
     */
    List<Operation> libtorchBlocks(ElementType type) {
        B weights = kind.load(layers.withType(type));
        return input.libtorch().stream()
                .map(peer -> whole(peer.name() + ", " + type, () -> peer.forward().of(weights, type))).toList();
    }

    /** [tokens, width] */
    Tensor forward() {
        return input.forward(block, new Compute(device.kernels()));
    }

    /** [tokens, width] */
    Tensor quantizedForward(Residence residence) {
        return input.forward(quantized.get(residence),
                new Compute(device.kernels(), quantization.orElseThrow().activations()));
    }

    /** [tokens, width] */
    Tensor libtorchForward(ElementType type) {
        return input.libtorch().getFirst().forward().of(kind.load(layers.withType(type)), type);
    }

    /** @param type that libtorch's block computes in: F32 or BF16 */
    BlockBenchmark.Errors errors(ElementType type) {
        try (var _ = TensorScope.open()) {
            Tensor expected = libtorchForward(type).to(ElementType.F32);
            double added = expected.subtract(input.hidden()).length();
            return new BlockBenchmark.Errors(forward().subtract(expected).length() / added, quantized.keySet().stream()
                    .mapToDouble(residence -> quantizedForward(residence).subtract(expected).length() / added).max());
        }
    }

    private Operation whole(String name, Supplier<Tensor> forward) {
        return Operation.scoped(name, input.hidden().shape().toString(), kind.flops(tokens), forward::get);
    }

    /** The products of the block's linears, by libtorch's matmul: what the hardware gives without us. Their inputs are the caller's scope's. */
    List<Operation> linears() {
        var inputs = new LinkedHashMap<Shape, Tensor>();
        return linears.entrySet().stream().map(entry -> {
            Tensor weight = entry.getValue().weight().tensor();
            Shape shape = Shape.of(kind.rows(entry.getKey(), tokens), weight.dim(1));
            Tensor x = inputs.computeIfAbsent(shape,
                    dims -> layers.tensor("input " + dims, 1, layers.type(), dims.dims()));
            return Operation.scoped(entry.getKey(), shape.dim(0) + " × " + shape.dim(1) + " × " + weight.dim(0),
                    2.0 * shape.dim(0) * weight.shape().elements(), () -> x.matmul(weight.transpose(0, 1)));
        }).toList();
    }

    /** Our kernels, each alone, in the shapes that the block has. What goes into them is the caller's scope's. */
    List<Operation> kernels() {
        return input.kernels(device.kernels(), layers);
    }

    /** Frees the weights and the input. */
    @Override
    public void close() {
        packed.forEach(QuantizedWeights::close);
        owner.close();
    }
}
