package dvdquant.core.quantize;

import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.checkpoint.WeightSize;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What components take, all counted: steps, zero points, multipliers, smoothing, low-rank branches, and what stays as it was.
 *
 * @param layers that are quantized, or in full precision would be
 * @param inLayers the weights of those, biases not counted
 * @param all of the whole components, biases and all else counted
 */
public record CheckpointSize(int layers, WeightSize inLayers, WeightSize all) {
    /** Of no component. */
    public static final CheckpointSize NONE = new CheckpointSize(0, WeightSize.NONE, WeightSize.NONE);

    /**
     * Of a quantized component; only headers are read.
     *
     * @param folder of the component, such as {@code MODEL/transformer}
     * @param format how it is quantized
     * @param full what it has in full precision
     * @return of the one component
     * @throws dvdquant.core.InputException if it cannot be read
     */
    public static CheckpointSize quantized(Path folder, QuantizedFormat format, TensorLayout full) {
        try (var checkpoint = Checkpoint.open(folder)) {
            return of(full.shapes(), format, checkpoint.sizeBytes());
        }
    }

    /**
     * Of a component in full precision; only headers are read.
     *
     * @param folder of the component
     * @param usual the layers that would be quantized
     * @return of the one component
     * @throws dvdquant.core.InputException if it cannot be read
     */
    public static CheckpointSize fullPrecision(Path folder, LayerSelection usual) {
        try (var checkpoint = Checkpoint.open(folder)) {
            return of(shapes(checkpoint), usual::selects, checkpoint.sizeBytes(), (name,
                    shape) -> new WeightSize(shape.elements(), checkpoint.tensor(name).sizeBytes()));
        }
    }

    /**
     * Of a component whose tensors are known.
     *
     * @param full the shapes of all tensors before they were quantized: rows of codes do not tell how many weights they are
     * @param format how it is quantized
     * @param bytes of all tensors after
     * @return of the one component
     */
    public static CheckpointSize of(Map<String, Shape> full, QuantizedFormat format, long bytes) {
        return of(full, format.layers()::contains, bytes, (tensor, shape) -> TensorLayout.layerOf(tensor)
                .flatMap(format::of).orElseThrow().size(shape));
    }

    private static CheckpointSize of(Map<String, Shape> full, Predicate<String> counts, long bytes,
            BiFunction<String, Shape, WeightSize> size) {
        List<WeightSize> layers = full.entrySet().stream()
                .filter(tensor -> TensorLayout.layerOf(tensor.getKey()).filter(counts).isPresent())
                .map(tensor -> size.apply(tensor.getKey(), tensor.getValue())).toList();
        long weights = full.values().stream().mapToLong(Shape::elements).sum();
        return new CheckpointSize(layers.size(), layers.stream().reduce(WeightSize.NONE, WeightSize::plus),
                new WeightSize(weights, bytes));
    }

    private static Map<String, Shape> shapes(TensorSource source) {
        return source.tensors().values().stream()
                .collect(Collectors.toMap(SourceTensor::name, SourceTensor::shape));
    }

    /**
     * Of both together.
     *
     * @param other of other components
     * @return the sum
     */
    public CheckpointSize plus(CheckpointSize other) {
        return new CheckpointSize(layers + other.layers, inLayers.plus(other.inLayers), all.plus(other.all));
    }

    /**
     * All that a weight of the layers takes.
     *
     * @return bits; without biases
     */
    public double bitsAWeight() {
        return inLayers.bitsAWeight();
    }

    /**
     * The mean of that over the whole components, with what stays as it was.
     *
     * @return bits
     */
    public double allBitsAWeight() {
        return all.bitsAWeight();
    }

    /**
     * That the whole components take.
     *
     * @return bytes of all tensors, file headers not counted
     */
    public long bytes() {
        return all.bytes();
    }
}
