package dvdquant.models.quantize;

import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.checkpoint.WeightSize;
import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.StoredTensor;
import dvdquant.models.Pipelines;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What a transformer takes, all counted: steps, zero points, multipliers, smoothing, low-rank branches, and what stays as it was.
 *
 * @param layers that are quantized, or in full precision would be
 * @param inLayers the weights of those, biases not counted
 * @param all of the whole transformer, biases and all else counted
 */
public record CheckpointSize(int layers, WeightSize inLayers, WeightSize all) {
    /**
     * @param model a model folder, quantized or in full precision; only headers are read
     * @throws dvdquant.core.InputException if the transformer cannot be read
     */
    public static CheckpointSize of(Path model) {
        return ofTransformer(model.resolve("transformer"));
    }

    /**
     * @param folder of the component: {@code MODEL/transformer}
     * @throws dvdquant.core.InputException if it cannot be read
     */
    public static CheckpointSize ofTransformer(Path folder) {
        Optional<QuantizedFormat> format = QuantizedFormat.of(folder);
        try (var checkpoint = Checkpoint.open(folder)) {
            if (format.isPresent()) {
                return of(Pipelines.transformerLayout(folder).shapes(), format.get(), checkpoint.sizeBytes());
            }
            LayerSelection usual = LayerSelection.of(JsonFile.read(folder.resolve("config.json")));
            return of(shapes(checkpoint), usual::selects, checkpoint.sizeBytes(), (name,
                    shape) -> new WeightSize(shape.elements(), checkpoint.tensor(name).data().byteSize()));
        }
    }

    /**
     * @param full the shapes of all tensors before they were quantized: rows of codes do not tell how many weights they are
     * @param bytes of all tensors after
     */
    public static CheckpointSize of(Map<String, Shape> full, QuantizedFormat format, long bytes) {
        return of(full, format.layers()::contains, bytes, (_, shape) -> format.size(shape));
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

    /** Of all tensors. */
    static Map<String, Shape> shapes(Checkpoint checkpoint) {
        return checkpoint.tensors().values().stream()
                .collect(Collectors.toMap(StoredTensor::name, StoredTensor::shape));
    }

    /** All that a weight of the layers takes. */
    public double bitsAWeight() {
        return inLayers.bitsAWeight();
    }

    /** The mean of that over the whole transformer, with what stays as it was. */
    public double allBitsAWeight() {
        return all.bitsAWeight();
    }

    /** That the whole transformer takes. */
    public long bytes() {
        return all.bytes();
    }
}
