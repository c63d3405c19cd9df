package dvdquant.core.checkpoint;

import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.safetensors.TensorSpec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;

/**
 * The contents of a quantized layer's tensors, by name: read from a file, or to be written into one.
 *
 * @param parts what they are
 * @param contents little-endian elements, of just the parts that are declared and in their sizes
 */
public record LayerData(LayerParts parts, Map<LayerPart, MemorySegment> contents) {
    /**
     * Checks the contents against what is declared.
     *
     * @throws IllegalArgumentException if a part is missing, not declared, or of another size
     */
    public LayerData {
        contents = Map.copyOf(contents);
        if (!contents.keySet().equals(parts.specs().keySet())) {
            throw new IllegalArgumentException("layer '" + parts.layer() + "' has " + contents.keySet() + ", expected "
                    + parts.specs().keySet());
        }
        for (var part : contents.entrySet()) {
            TensorSpec spec = parts.specs().get(part.getKey());
            if (part.getValue().byteSize() != spec.sizeBytes()) {
                throw new IllegalArgumentException(spec.name() + " has " + part.getValue().byteSize()
                        + " bytes, expected " + spec.sizeBytes() + " of " + spec.type() + " " + spec.shape());
            }
        }
    }

    /**
     * {@return memory for a layer, all zero}
     *
     * @param parts what the layer holds
     * @param memory that it belongs to
     */
    public static LayerData allocate(LayerParts parts, Arena memory) {
        var contents = new EnumMap<LayerPart, MemorySegment>(LayerPart.class);
        parts.specs().forEach((part, spec) -> contents.put(part,
                memory.allocate(spec.sizeBytes(), spec.type().sizeBytes())));
        return new LayerData(parts, contents);
    }

    /**
     * {@return the elements of a part; empty memory if the format has no such part}
     *
     * @param part of the layer
     */
    public MemorySegment of(LayerPart part) {
        return contents.getOrDefault(part, MemorySegment.NULL);
    }

    /** {@return codes, steps, zero points and multipliers as one weight, in the same memory} */
    public PackedWeight packed() {
        MemorySegment zeroPoints = contents.containsKey(LayerPart.GROUPS)
                ? of(LayerPart.GROUPS)
                : of(LayerPart.ZERO_POINTS);
        return new PackedWeight(parts.out(), parts.in(), parts.format().weights(), of(LayerPart.CODES),
                of(LayerPart.SCALES), zeroPoints, of(LayerPart.MULTIPLIERS));
    }
}
