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
 * @param bytes of the whole transformer
 */
public record CheckpointSize(int layers, long weights, long weightBytes, long bytes) {
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
        try (var checkpoint = Checkpoint.open(folder)) {
            for (StoredTensor tensor : checkpoint.tensors().values()) {
                int dot = tensor.name().lastIndexOf('.');
                String part = tensor.name().substring(dot + 1);
                if (dot < 0 || part.equals("bias")) continue;
                String layer = tensor.name().substring(0, dot);
                if (!format.map(f -> f.layers().contains(layer)).orElseGet(() -> selection.selects(layer))) continue;
                weightBytes += tensor.data().byteSize();
                if (part.equals("weight") || part.equals("qweight")) {
                    layers++;
                    weights += elements(tensor, format);
                }
            }
            return new CheckpointSize(layers, weights, weightBytes, checkpoint.sizeBytes());
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
}
