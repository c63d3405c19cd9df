package dvdquant.models.weights;

import dvdquant.core.InputException;
import dvdquant.core.format.BitPacking;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quant.CodeRange;
import dvdquant.core.quant.GroupSize;
import dvdquant.core.quant.PackedWeight;
import dvdquant.core.quant.Rotation;
import dvdquant.core.quant.Rounding;
import dvdquant.core.quant.WeightScheme;
import dvdquant.core.safetensors.TensorSpec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a component's weights are quantized, as {@code quantization_config} in its {@code config.json} says. For a layer {@code L} of
 * weight [out, in] the checkpoint holds, in place of {@code L.weight}:
 *
 * <ul>
 * <li>{@code L.qweight} U8 [out, ⌈in · bits / 8⌉]: codes, a row a little-endian bit stream;
 * <li>{@code L.scale} F32 [out]: the row's step;
 * <li>up to 4 bits {@code L.group} U8 [out, groups]: the zero point in the low four bits, multiplier − 1 in the high four; above,
 * {@code L.zero} and {@code L.multiplier} U8 [out, groups].
 * </ul>
 *
 * @param weights scheme of all layers
 * @param layers the names of the quantized layers
 */
public record QuantizedFormat(WeightScheme weights, Set<String> layers) {
    public static final String KEY = "quantization_config";
    private static final String METHOD = "dvdquant";
    private static final int VERSION = 1;

    public QuantizedFormat {
        layers = Set.copyOf(layers);
    }

    /** The tensors that take the place of a layer's weight [out, in]. */
    public List<TensorSpec> tensors(String layer, long out, long in) {
        long groups = weights.group().groupsOf(Math.toIntExact(in));
        var specs = new ArrayList<TensorSpec>();
        specs.add(new TensorSpec(layer + ".qweight", ElementType.U8,
                Shape.of(out, BitPacking.rowBytes(in, weights.range().bits()))));
        specs.add(new TensorSpec(layer + ".scale", ElementType.F32, Shape.of(out)));
        for (String name : PackedWeight.packsGroups(weights) ? List.of("group") : List.of("zero", "multiplier")) {
            specs.add(new TensorSpec(layer + "." + name, ElementType.U8, Shape.of(out, groups)));
        }
        return specs;
    }

    /** The layout of the quantized component, given that of the full one. */
    public TensorLayout applyTo(TensorLayout full) {
        var layout = new TensorLayout();
        full.shapes().forEach((name, shape) -> {
            String layer = name.endsWith(".weight") ? name.substring(0, name.length() - ".weight".length()) : "";
            if (layers.contains(layer)) {
                tensors(layer, shape.dim(0), shape.dim(1)).forEach(t -> layout.tensor(t.name(), t.shape().dims()));
            } else {
                layout.tensor(name, shape.dims());
            }
        });
        return layout;
    }

    /** How many weights of a component are quantized, given its layout in full precision. */
    public long elements(TensorLayout full) {
        return layers.stream().map(layer -> full.shapes().get(layer + ".weight")).filter(Objects::nonNull)
                .mapToLong(Shape::elements).sum();
    }

    /** The value of {@link #KEY}, for a JSON writer. */
    public SequencedMap<String, Object> toJson() {
        var json = new LinkedHashMap<String, Object>();
        json.put("quant_method", METHOD);
        json.put("version", VERSION);
        var scheme = new LinkedHashMap<String, Object>();
        scheme.put("bits", weights.range().bits());
        scheme.put("rounding", weights.rounding().name().toLowerCase(Locale.ROOT));
        switch (weights.group()) {
            case GroupSize.WholeRow _ -> scheme.put("group_size", null);
            case GroupSize.Multiples(int columns) -> scheme.put("group_size", columns);
            case GroupSize.Free _ ->
                throw new IllegalArgumentException("groups with steps of their own are not stored");
        }
        switch (weights.rotation()) {
            case Rotation.None _ -> scheme.put("rotation", null);
            case Rotation.Blocks(int block, long seed) -> scheme.put("rotation", Map.of("block", block, "seed", seed));
            case Rotation.Full(long seed) -> scheme.put("rotation", Map.of("block", "full", "seed", seed));
        }
        json.put("weights", scheme);
        json.put("layers", List.copyOf(new TreeSet<>(layers)));
        return json;
    }

    /** Of a component folder; empty if its {@code config.json} has no {@link #KEY}. */
    public static Optional<QuantizedFormat> of(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        return config.has(KEY) ? Optional.of(read(config)) : Optional.empty();
    }

    /**
     * Reads {@link #KEY} of a component's configuration.
     *
     * @throws InputException if it is of another method, or a version or scheme that is not known
     */
    public static QuantizedFormat read(JsonFile component) {
        JsonFile json = component.object(KEY);
        if (!json.text("quant_method").equals(METHOD)) {
            throw json.unexpected("quant_method", "\"" + METHOD + "\": no other is supported");
        }
        if (json.integer("version") != VERSION) throw json.unexpected("version", String.valueOf(VERSION));
        JsonFile scheme = json.object("weights");
        int bits = scheme.integer("bits");
        if (bits < 2 || bits > 8) throw scheme.unexpected("bits", "2 to 8");
        GroupSize group = scheme.has("group_size")
                ? new GroupSize.Multiples(scheme.size("group_size"))
                : new GroupSize.WholeRow();
        Rounding rounding = switch (scheme.text("rounding", "bgr")) {
            case "minmax" -> Rounding.MINMAX;
            case "bounded" -> Rounding.BOUNDED;
            case "bgr" -> Rounding.BGR;
            default -> throw scheme.unexpected("rounding", "minmax, bounded or bgr");
        };
        return new QuantizedFormat(new WeightScheme(new CodeRange(bits), rounding, group, rotation(scheme)),
                Set.copyOf(json.texts("layers")));
    }

    private static Rotation rotation(JsonFile scheme) {
        if (!scheme.has("rotation")) return new Rotation.None();
        JsonFile rotation = scheme.object("rotation");
        long seed = rotation.integer("seed");
        if (rotation.json("block").equals("\"full\"")) return new Rotation.Full(seed);
        int block = rotation.size("block");
        if (Integer.bitCount(block) != 1) throw rotation.unexpected("block", "a power of two");
        return new Rotation.Blocks(block, seed);
    }
}
