package dvdquant.core.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How a component is quantized, as {@code quantization_config} in its {@code config.json} says: which layers, each in which format. What
 * a file holds of a layer is {@link LayerParts}.
 *
 * @param method what the recipe is called
 * @param ofLayers by the names of the quantized layers
 */
public record QuantizedFormat(String method, SortedMap<String, LayerFormat> ofLayers) {
    /** The key of {@code config.json} under which it is found. */
    public static final String KEY = "quantization_config";

    /** Sorts the layers by name, and copies them. */
    public QuantizedFormat {
        ofLayers = Collections.unmodifiableSortedMap(new TreeMap<>(ofLayers));
    }

    /**
     * {@return the format of layers that are all quantized alike}
     *
     * @param method what the recipe is called
     * @param format of each layer
     * @param layers their names
     */
    public static QuantizedFormat uniform(String method, LayerFormat format, Set<String> layers) {
        return new QuantizedFormat(method, layers.stream().collect(
                Collectors.toMap(layer -> layer, _ -> format, (a, _) -> a, TreeMap::new)));
    }

    /** {@return the names of the quantized layers, in order} */
    public Set<String> layers() {
        return ofLayers.keySet();
    }

    /**
     * {@return the names of those whose inputs are smoothed by an exponent}
     *
     * @param smoothing the exponent
     */
    public Set<String> layers(double smoothing) {
        var some = new TreeSet<String>();
        ofLayers.forEach((layer, format) -> {
            if (format.smoothing().equals(Optional.of(smoothing))) some.add(layer);
        });
        return some;
    }

    /**
     * {@return how a layer is quantized; empty if it is not}
     *
     * @param layer its name
     */
    public Optional<LayerFormat> of(String layer) {
        return Optional.ofNullable(ofLayers.get(layer));
    }

    /** {@return those that there are, that of the most layers first} */
    public List<LayerFormat> formats() {
        var counts = ofLayers.values().stream().collect(
                Collectors.groupingBy(format -> format, LinkedHashMap::new, Collectors.counting()));
        return counts.entrySet().stream().sorted(Comparator.comparingLong(entry -> -entry.getValue()))
                .map(Map.Entry::getKey).toList();
    }

    /**
     * {@return that of the most layers, which a model goes by that has others too}
     *
     * @throws IllegalStateException if no layer is quantized
     */
    public LayerFormat usual() {
        return formats().stream().findFirst().orElseThrow(() -> new IllegalStateException("no layer is quantized"));
    }

    /** {@return bits of the weights, ascending, as in {@code 4} or {@code 4/8}} */
    public String weightBits() {
        return formats().stream().map(format -> format.weights().range().bits()).distinct().sorted()
                .map(String::valueOf).collect(Collectors.joining("/"));
    }

    /** {@return whether inputs of any layer are quantized} */
    public boolean quantizesActivations() {
        return formats().stream().anyMatch(format -> format.activations().isPresent());
    }

    /** {@return the format of those layers alone whose inputs are quantized} */
    public QuantizedFormat ofQuantizedActivations() {
        var some = new TreeMap<String, LayerFormat>();
        ofLayers.forEach((layer, format) -> {
            if (format.activations().isPresent()) some.put(layer, format);
        });
        return new QuantizedFormat(method, some);
    }

    /**
     * {@return how the layers compute whose inputs are quantized; the others have their weights quantized only, in any
     * case}
     *
     * @param choice what a generation asks for
     */
    public LayerArithmetic arithmetic(ActivationChoice choice) {
        return LayerArithmetic.together(formats().stream().map(format -> format.arithmetic(choice)));
    }

    /**
     * {@return the layout of the quantized component, given that of the full one}
     *
     * @param folder what messages name
     * @param full of the component in full precision
     * @throws InputException if a layer cannot be quantized so
     */
    public TensorLayout applyTo(TensorLayout full, Path folder) {
        requireLayersOf(full, folder);
        var layout = new TensorLayout();
        full.shapes().forEach((name, shape) -> {
            Optional<String> layer = TensorLayout.layerOf(name).filter(ofLayers::containsKey);
            if (layer.isEmpty()) {
                layout.tensor(name, shape.dims());
            } else {
                parts(layer.get(), shape, folder).tensors().forEach(t -> layout.tensor(t.name(), t.shape().dims()));
            }
        });
        return layout.allowingAs(full);
    }

    private void requireLayersOf(TensorLayout full, Path folder) {
        for (String layer : layers()) {
            if (!full.shapes().containsKey(TensorLayout.weightOf(layer))) {
                throw new InputException(folder.resolve("config.json") + ": \"" + KEY + "\" lists layer '" + layer
                        + "', expected layers of this model");
            }
        }
    }

    private LayerParts parts(String layer, Shape shape, Path folder) {
        try {
            if (shape.rank() != 2) throw new IllegalArgumentException("its weight is no matrix");
            LayerFormat format = ofLayers.get(layer);
            format.requireFits(shape.dim(0), shape.dim(1));
            return format.parts(layer, shape.dim(0), shape.dim(1));
        } catch (IllegalArgumentException e) {
            throw new InputException(folder.resolve("config.json") + ": \"" + KEY + "\" does not fit layer '" + layer
                    + "' " + shape + ": " + e.getMessage(), e);
        }
    }

    /**
     * {@return how many weights of a component are quantized}
     *
     * @param full its layout in full precision
     */
    public long elements(TensorLayout full) {
        return layers().stream().map(layer -> full.shapes().get(TensorLayout.weightOf(layer))).filter(Objects::nonNull)
                .mapToLong(Shape::elements).sum();
    }

    /** {@return the value of {@link #KEY}, for a JSON writer} */
    public SequencedMap<String, Object> toJson() {
        return QuantizedFormatJson.write(this);
    }

    /**
     * {@return the format of a component; empty if its {@code config.json} has no {@link #KEY}}
     *
     * @param folder of the component
     * @throws InputException if the file cannot be read, or as {@link #read}
     */
    public static Optional<QuantizedFormat> of(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        return config.has(KEY) ? Optional.of(read(config)) : Optional.empty();
    }

    /**
     * {@return the configuration of a component that is not quantized}
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
     * @param component its {@code config.json}
     * @return the format
     * @throws InputException if it is of another method, or has a version, a key or a value that is not known
     */
    public static QuantizedFormat read(JsonFile component) {
        return QuantizedFormatJson.read(component.object(KEY));
    }
}
