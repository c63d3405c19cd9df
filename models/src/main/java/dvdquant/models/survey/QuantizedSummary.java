package dvdquant.models.survey;

import dvdquant.core.checkpoint.LayerPart;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.checkpoint.WeightSize;
import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.Pipelines;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a component is quantized.
 *
 * @param layers by block and name
 * @param size of the component
 */
public record QuantizedSummary(QuantizedFormat format, List<LayerLine> layers, CheckpointSize size) {
    private static final String OURS = "dvdquant";

    /**
     * A quantized layer, its weight [out, in].
     *
     * @param size of the weight: codes, steps, zero points, multipliers, smoothing, low-rank branch
     */
    public record LayerLine(LayerName name, long out, long in, WeightSize size) {
        private static LayerLine of(String layer, Shape shape, QuantizedFormat format) {
            return new LayerLine(LayerName.of(layer), shape.dim(0), shape.dim(1),
                    format.of(layer).orElseThrow().size(shape));
        }
    }

    /**
     * Empty in full precision, and if another program quantized it.
     *
     * @throws dvdquant.core.InputException if the tensors are not what the configuration implies
     */
    static Optional<QuantizedSummary> ofFolder(Path folder) {
        Path file = folder.resolve("config.json");
        if (!Files.exists(file)) return Optional.empty();
        JsonFile config = JsonFile.read(file);
        if (!config.has(QuantizedFormat.KEY)
                || !config.object(QuantizedFormat.KEY).text("quant_method", "").equals(OURS)) {
            return Optional.empty();
        }
        QuantizedFormat format = QuantizedFormat.read(config);
        TensorLayout layout = Pipelines.transformerLayout(folder);
        try (var checkpoint = Checkpoint.open(folder)) {
            format.applyTo(layout, folder).check(checkpoint, folder.toString());
            List<LayerLine> layers = format.layers().stream()
                    .map(layer -> LayerLine.of(layer, layout.shapes().get(TensorLayout.weightOf(layer)), format))
                    .sorted((a, b) -> LayerName.ORDER.compare(a.name(), b.name())).toList();
            return Optional.of(new QuantizedSummary(format, layers,
                    CheckpointSize.of(layout.shapes(), format, checkpoint.sizeBytes())));
        }
    }

    /** Whether a tensor is there in place of a layer's weight. */
    boolean isPartOfLayer(String tensor) {
        return !tensor.endsWith(".bias") && format.layers().contains(layerOf(tensor));
    }

    /** The weights that a tensor of a quantized layer stands for: those of its codes. */
    long weightsIn(String tensor) {
        if (!LayerPart.CODES.isNameOf(tensor)) return 0;
        String layer = layerOf(tensor);
        return layers.stream().filter(line -> line.name().full().equals(layer)).mapToLong(line -> line.size().weights())
                .sum();
    }

    /** Bits of the codes of a layer that a tensor is part of. */
    int bitsOf(String tensor) {
        return format.of(layerOf(tensor)).orElseThrow().weights().range().bits();
    }

    private static String layerOf(String tensor) {
        return tensor.substring(0, Math.max(0, tensor.lastIndexOf('.')));
    }
}
