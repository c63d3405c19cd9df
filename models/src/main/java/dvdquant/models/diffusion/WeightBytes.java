package dvdquant.models.diffusion;

import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;

import java.util.Optional;

/**
 * What a transformer's weights take on a device with a memory of its own.
 *
 * @param layers those of linear layers, as they rest
 * @param largest of them
 * @param expanded the largest packed one as 8-bit integers, as its product needs it
 * @param others what belongs to no layer: the patches' convolution, norms, tables of modulations, biases
 */
record WeightBytes(long layers, long largest, long expanded, long others) {
    /** @param packed how quantized layers are stored; empty if none rests so */
    static WeightBytes of(TensorLayout layout, ElementType dtype, Optional<QuantizedFormat> packed) {
        long layers = 0;
        long largest = 0;
        long expanded = 0;
        long others = 0;
        for (var tensor : layout.shapes().entrySet()) {
            Shape shape = tensor.getValue();
            long dense = shape.elements() * dtype.sizeBytes();
            Optional<String> layer = TensorLayout.layerOf(tensor.getKey()).filter(_ -> shape.rank() == 2);
            if (layer.isEmpty()) {
                others += dense;
                continue;
            }
            Optional<LayerFormat> format = packed.flatMap(of -> of.of(layer.get()));
            long bytes = format.map(of -> of.size(shape).bytes()).orElse(dense);
            layers += bytes;
            largest = Math.max(largest, bytes);
            if (format.isPresent()) expanded = Math.max(expanded, shape.elements());
        }
        return new WeightBytes(layers, largest, expanded, others);
    }

    /** With all layers there, none expanded as a whole: of the host. */
    long packed() {
        return layers + others;
    }

    /** With all layers there. */
    long resident() {
        return layers + expanded + others;
    }

    /** With two layers there at a time. */
    long offloaded() {
        return 2 * largest + expanded + others;
    }
}
