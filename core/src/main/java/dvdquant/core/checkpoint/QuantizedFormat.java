package dvdquant.core.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.format.BitPacking;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.safetensors.TensorSpec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a component is quantized, as {@code quantization_config} in its {@code config.json} says. For a layer {@code L} of weight
 * [out, in] the checkpoint holds, in place of {@code L.weight}:
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
 * @param method what the recipe is called
 * @param weights scheme of all layers
 * @param activations how inputs are quantized, unless a generation asks for something else
 * @param smoothing the exponent that the smoothing was made with, if the layers are smoothed
 * @param lowRank of the low-rank branch; 0: there is none
 * @param layers the names of the quantized layers
 */
public record QuantizedFormat(String method, WeightScheme weights, ActivationRule activations,
        Optional<Double> smoothing, int lowRank, Set<String> layers) {
    public static final String KEY = "quantization_config";

    public QuantizedFormat {
        layers = Set.copyOf(layers);
    }

    /** Whether groups of weights have steps of their own, which no integer product can run. */
    public boolean hasFreeGroups() {
        return weights.group() instanceof GroupSize.Free;
    }

    /**
     * Checks that a layer's weight [out, in] can be quantized so.
     *
     * @throws IllegalArgumentException if groups, blocks or the rank do not fit; the message names what and the sizes
     */
    public void requireFits(long out, long in) {
        int columns = Math.toIntExact(in);
        weights.group().groupsOf(columns);
        weights.rotation().forColumns(columns);
        activations.scales().blocksOf(columns);
        if (lowRank > Math.min(out, in)) {
            throw new IllegalArgumentException("a low-rank branch of rank " + lowRank + " is no less than the weight");
        }
    }

    /** The tensors that take the place of a layer's weight [out, in]. */
    public List<TensorSpec> tensors(String layer, long out, long in) {
        long groups = weights.group().groupsOf(Math.toIntExact(in));
        var specs = new ArrayList<TensorSpec>();
        specs.add(new TensorSpec(layer + ".qweight", ElementType.U8,
                Shape.of(out, BitPacking.rowBytes(in, weights.range().bits()))));
        specs.add(hasFreeGroups()
                ? new TensorSpec(layer + ".scale", ElementType.F16, Shape.of(out, groups))
                : new TensorSpec(layer + ".scale", ElementType.F32, Shape.of(out)));
        for (String name : grids()) {
            specs.add(new TensorSpec(layer + "." + name, ElementType.U8, Shape.of(out, groups)));
        }
        if (smoothing.isPresent()) specs.add(new TensorSpec(layer + ".smooth", ElementType.F32, Shape.of(in)));
        if (lowRank > 0) {
            specs.add(new TensorSpec(layer + ".lora_down", ElementType.BF16, Shape.of(lowRank, in)));
            specs.add(new TensorSpec(layer + ".lora_up", ElementType.BF16, Shape.of(out, lowRank)));
        }
        return specs;
    }

    /** What those take of a weight [out, in]. */
    public WeightSize size(Shape weight) {
        return new WeightSize(weight.elements(),
                tensors("", weight.dim(0), weight.dim(1)).stream().mapToLong(TensorSpec::sizeBytes).sum());
    }

    /** The tensors of small integers beside a layer's codes. */
    private List<String> grids() {
        if (hasFreeGroups()) return PackedWeight.storesZeroPoints(weights) ? List.of("zero") : List.of();
        return PackedWeight.packsGroups(weights) ? List.of("group") : List.of("zero", "multiplier");
    }

    /**
     * The layout of the quantized component, given that of the full one.
     *
     * @param folder what messages name
     * @throws InputException if a layer cannot be quantized so
     */
    public TensorLayout applyTo(TensorLayout full, Path folder) {
        requireLayersOf(full, folder);
        var layout = new TensorLayout();
        full.shapes().forEach((name, shape) -> {
            TensorLayout.layerOf(name).filter(layers::contains).ifPresentOrElse(layer -> {
                check(layer, shape, folder);
                tensors(layer, shape.dim(0), shape.dim(1)).forEach(t -> layout.tensor(t.name(), t.shape().dims()));
            }, () -> layout.tensor(name, shape.dims()));
        });
        return layout;
    }

    private void requireLayersOf(TensorLayout full, Path folder) {
        for (String layer : new TreeSet<>(layers)) {
            if (!full.shapes().containsKey(layer + ".weight")) {
                throw new InputException(folder.resolve("config.json") + ": \"" + KEY + "\" lists layer '" + layer
                        + "', expected layers of this model");
            }
        }
    }

    private void check(String layer, Shape shape, Path folder) {
        try {
            if (shape.rank() != 2) throw new IllegalArgumentException("its weight is no matrix");
            requireFits(shape.dim(0), shape.dim(1));
        } catch (IllegalArgumentException e) {
            throw new InputException(
                    folder.resolve("config.json") + ": \"" + KEY + "\" does not fit layer '" + layer + "' " + shape
                            + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /** How many weights of a component are quantized, given its layout in full precision. */
    public long elements(TensorLayout full) {
        return layers.stream().map(layer -> full.shapes().get(layer + ".weight")).filter(Objects::nonNull)
                .mapToLong(Shape::elements).sum();
    }

    /** The value of {@link #KEY}, for a JSON writer. */
    public SequencedMap<String, Object> toJson() {
        return QuantizedFormatJson.write(this);
    }

    /** Of a component folder; empty if its {@code config.json} has no {@link #KEY}. */
    public static Optional<QuantizedFormat> of(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        return config.has(KEY) ? Optional.of(read(config)) : Optional.empty();
    }

    /**
     * The configuration of a component that is not quantized.
     *
     * @param folder of the component
     * @throws InputException if it is quantized, or has no configuration
     */
    public static JsonFile requireFullPrecision(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        if (config.has(KEY)) {
            throw new InputException(folder + ": this model is quantized, expected one in full precision");
        }
        return config;
    }

    /**
     * Reads {@link #KEY} of a component's configuration.
     *
     * @throws InputException if it is of another method, or a version or scheme that is not known
     */
    public static QuantizedFormat read(JsonFile component) {
        return QuantizedFormatJson.read(component.object(KEY));
    }
}
