package dvdquant.models.quantize;

import dvdquant.core.json.JsonFile;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.StoredTensor;
import dvdquant.models.weights.QuantizedFormat;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a transformer takes, all counted: steps, zero points, multipliers, smoothing, low-rank branches, and what stays as it was.
 *
 * @param layers that are quantized, or in full precision would be
 * @param weights in them
 * @param weightBytes that they take, biases not counted
 * @param allWeights of the whole transformer, biases and all else counted
 * @param bytes that it takes
 */
public record CheckpointSize(int layers, long weights, long weightBytes, long allWeights, long bytes) {
    /**
     * @param model a model folder, quantized or in full precision; only headers are read
     * @throws dvdquant.core.InputException if the transformer cannot be read
     */
    public static CheckpointSize of(Path model) {
        Path folder = model.resolve("transformer");
        Optional<QuantizedFormat> format = QuantizedFormat.of(folder);
        LayerSelection selection = LayerSelection.of(JsonFile.read(folder.resolve("config.json")));
        int layers = 0;
        long weights = 0;
        long weightBytes = 0;
        long allWeights = 0;
        try (var checkpoint = Checkpoint.open(folder)) {
            for (StoredTensor tensor : checkpoint.tensors().values()) {
                int dot = tensor.name().lastIndexOf('.');
                String layer = tensor.name().substring(0, Math.max(0, dot));
                String part = tensor.name().substring(dot + 1);
                boolean selected = format.map(f -> f.layers().contains(layer))
                        .orElseGet(() -> selection.selects(layer));
                if (!selected || part.equals("bias")) {
                    allWeights += tensor.shape().elements();
                    continue;
                }
                weightBytes += tensor.data().byteSize();
                if (part.equals("weight") || part.equals("qweight")) {
                    layers++;
                    weights += elements(tensor, format);
                }
            }
            return new CheckpointSize(layers, weights, weightBytes, allWeights + weights, checkpoint.sizeBytes());
        }
    }

    private static long elements(StoredTensor tensor, Optional<QuantizedFormat> format) {
        return format.map(f -> tensor.shape().elements() * Byte.SIZE / f.weights().range().bits())
                .orElse(tensor.shape().elements());
    }

    /** All that a weight of the quantized layers takes. */
    public double bitsAWeight() {
        return 8.0 * weightBytes / weights;
    }

    /** The mean of that over the whole transformer, with what stays as it was. */
    public double allBitsAWeight() {
        return 8.0 * bytes / allWeights;
    }
}
