package dvdquant.core.checkpoint;

import dvdquant.core.format.BitPacking;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.safetensors.TensorSpec;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tensors that stand for the weight [out, in] of a quantized layer {@code L}: the one place that says what they are called, and of
 * what types and shapes.
 *
 * <ul>
 * <li>{@code L.qweight} U8 [out, ⌈in · bits / 8⌉]: codes, a row a little-endian bit stream;
 * <li>{@code L.scale} F32 [out]: the row's step; or F16 [out, groups], if groups have steps of their own;
 * <li>up to 4 bits {@code L.group} U8 [out, groups]: the zero point in the low four bits, multiplier − 1 in the high four; above,
 * {@code L.zero} and {@code L.multiplier} U8 [out, groups]; of groups with steps of their own {@code L.zero} only, and not even that
 * if they are symmetric;
 * <li>if smoothed {@code L.smooth} F32 [in]: the input is divided by it, and the weight was multiplied;
 * <li>with a low-rank branch {@code L.lora_down} BF16 [rank, in] and {@code L.lora_up} BF16 [out, rank]: their product is added to
 * the weight that the codes stand for, rotated back but still smoothed.
 * </ul>
 *
 * @param specs by part, in the order in which they are written
 * @param layer its name
 * @param format how it is quantized
 * @param out rows of the weight
 * @param in columns of the weight
 */
public record LayerParts(String layer, LayerFormat format, int out, int in, Map<LayerPart, TensorSpec> specs) {
    static LayerParts of(String layer, LayerFormat format, long out, long in) {
        WeightScheme weights = format.weights();
        long groups = weights.group().groupsOf(Math.toIntExact(in));
        var specs = new EnumMap<LayerPart, TensorSpec>(LayerPart.class);
        declare(specs, layer, LayerPart.CODES, ElementType.U8,
                Shape.of(out, BitPacking.rowBytes(in, weights.range().bits())));
        switch (weights.packing()) {
            case GROUP_BYTES -> {
                declare(specs, layer, LayerPart.SCALES, ElementType.F32, Shape.of(out));
                declare(specs, layer, LayerPart.GROUPS, ElementType.U8, Shape.of(out, groups));
            }
            case ZERO_AND_MULTIPLIER_BYTES -> {
                declare(specs, layer, LayerPart.SCALES, ElementType.F32, Shape.of(out));
                declare(specs, layer, LayerPart.ZERO_POINTS, ElementType.U8, Shape.of(out, groups));
                declare(specs, layer, LayerPart.MULTIPLIERS, ElementType.U8, Shape.of(out, groups));
            }
            case GROUP_STEPS -> declare(specs, layer, LayerPart.SCALES, ElementType.F16, Shape.of(out, groups));
            case GROUP_STEPS_AND_ZEROS -> {
                declare(specs, layer, LayerPart.SCALES, ElementType.F16, Shape.of(out, groups));
                declare(specs, layer, LayerPart.ZERO_POINTS, ElementType.U8, Shape.of(out, groups));
            }
        }
        if (format.smoothing().isPresent()) {
            declare(specs, layer, LayerPart.SMOOTHING, ElementType.F32, Shape.of(in));
        }
        if (format.lowRank() > 0) {
            declare(specs, layer, LayerPart.LORA_DOWN, ElementType.BF16, Shape.of(format.lowRank(), in));
            declare(specs, layer, LayerPart.LORA_UP, ElementType.BF16, Shape.of(out, format.lowRank()));
        }
        return new LayerParts(layer, format, Math.toIntExact(out), Math.toIntExact(in),
                Collections.unmodifiableMap(specs));
    }

    private static void declare(Map<LayerPart, TensorSpec> specs, String layer, LayerPart part, ElementType type,
            Shape shape) {
        specs.put(part, new TensorSpec(part.of(layer), type, shape));
    }

    /**
     * {@return the tensor of a part; empty if the format has no such part}
     *
     * @param part of the layer
     */
    public Optional<TensorSpec> spec(LayerPart part) {
        return Optional.ofNullable(specs.get(part));
    }

    /** {@return all of them, in the order in which they are written} */
    public List<TensorSpec> tensors() {
        return List.copyOf(specs.values());
    }

    /** {@return the bytes of all tensors together} */
    public long sizeBytes() {
        return specs.values().stream().mapToLong(TensorSpec::sizeBytes).sum();
    }
}
