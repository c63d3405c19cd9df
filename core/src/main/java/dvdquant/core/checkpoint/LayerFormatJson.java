package dvdquant.core.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quant.activations.ActivationClip;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.ScalePacking;
import dvdquant.core.quant.weights.WeightScheme;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** A {@link LayerFormat} as JSON. Keys and values that are not known are errors. */
public final class LayerFormatJson {
    /** The codes of weights stand for values that are equally far apart. */
    private static final String UNIFORM = "uniform";
    private static final String FREE = "free";
    /** Activations that stay as they are. */
    private static final String NOT_QUANTIZED = "16";

    private LayerFormatJson() {}

    /**
     * {@return a format as JSON's keys and values, to which others can be added}
     *
     * @param format of one or more layers
     */
    public static SequencedMap<String, Object> write(LayerFormat format) {
        var json = new LinkedHashMap<String, Object>();
        json.put("weights", weights(format.weights()));
        json.put("activations", format.activations().<Object>map(rule -> ordered("scales", rule.scales().text(), "clip",
                clip(rule.clip()))).orElse(NOT_QUANTIZED));
        format.smoothing().ifPresent(exponent -> json.put("smoothing", exponent));
        if (format.lowRank() > 0) json.put("low_rank", format.lowRank());
        return json;
    }

    private static SequencedMap<String, Object> weights(WeightScheme weights) {
        var json = new LinkedHashMap<String, Object>();
        json.put("bits", weights.range().bits());
        json.put("levels", UNIFORM);
        json.put("symmetric", weights.range().symmetric());
        json.put("rounding", weights.rounding().label());
        switch (weights.group()) {
            case GroupSize.WholeRow _ -> json.put("group_size", null);
            case GroupSize.Multiples(int columns) -> json.put("group_size", columns);
            case GroupSize.Free(int columns) -> {
                json.put("group_size", columns);
                json.put("group_steps", FREE);
            }
        }
        json.put("scales", weights.packing().label());
        switch (weights.rotation()) {
            case Rotation.None _ -> json.put("rotation", null);
            case Rotation.Blocks(int block, long seed) -> json.put("rotation", ordered("block", block, "seed", seed));
            case Rotation.Full(long seed) -> json.put("rotation", ordered("block", "full", "seed", seed));
        }
        return json;
    }

    /** The same text in every run, which {@code Map.of} would not give. */
    private static SequencedMap<String, Object> ordered(String key, Object value, String other, Object otherValue) {
        var json = new LinkedHashMap<String, Object>();
        json.put(key, value);
        json.put(other, otherValue);
        return json;
    }

    /**
     * {@return the format that {@link #write} wrote}
     *
     * @param json with its keys, and perhaps others
     * @throws InputException if a key or a value is not known, or one is missing
     */
    public static LayerFormat read(JsonFile json) {
        JsonFile weights = json.object("weights");
        weights.requireOnly("bits", "levels", "symmetric", "rounding", "group_size", "group_steps", "scales",
                "rotation");
        if (!weights.text("levels").equals(UNIFORM)) throw weights.unexpected("levels", "\"" + UNIFORM + "\"");
        WeightScheme scheme = scheme(weights);
        if (!weights.text("scales").equals(scheme.packing().label())) {
            throw weights.unexpected("scales", Arrays.stream(ScalePacking.values()).map(ScalePacking::label)
                    .collect(Collectors.joining(", ")) + ", and of these '" + scheme.packing().label() + "' here");
        }
        return new LayerFormat(scheme, json.json("activations").equals("\"" + NOT_QUANTIZED + "\"")
                ? Optional.empty()
                : Optional.of(activations(json.object("activations"))), smoothing(json), lowRank(json));
    }

    /**
     * Of a file of version 1. Keys that are absent stand for what files held before there were such keys: DVD-Quant's activations.
     *
     * @throws InputException as {@link #read}
     */
    static LayerFormat readFirst(JsonFile json) {
        JsonFile weights = json.object("weights");
        weights.requireOnly("bits", "symmetric", "rounding", "group_size", "group_steps", "rotation");
        ActivationRule rule = json.has("activations")
                ? activations(json.object("activations"))
                : ActivationRule.DEFAULT;
        return new LayerFormat(scheme(weights), Optional.of(rule), smoothing(json), lowRank(json));
    }

    private static Optional<Double> smoothing(JsonFile json) {
        Optional<Double> smoothing = json.has("smoothing") ? Optional.of(json.number("smoothing")) : Optional.empty();
        if (smoothing.filter(exponent -> !(exponent >= 0 && exponent <= 1)).isPresent()) {
            throw json.unexpected("smoothing", "an exponent of 0 to 1");
        }
        return smoothing;
    }

    private static int lowRank(JsonFile json) {
        return json.has("low_rank") ? json.size("low_rank") : 0;
    }

    private static ActivationRule activations(JsonFile json) {
        json.requireOnly("scales", "clip");
        String scales = json.text("scales");
        return naming(json, () -> new ActivationRule(ActivationScales.parse(scales), clip(json)));
    }

    /** A value whose own messages know no file. */
    private static <T> T naming(JsonFile json, Supplier<T> value) {
        try {
            return value.get();
        } catch (InputException e) {
            throw new InputException(json.path() + ": " + e.getMessage(), e);
        }
    }

    /** A number, or a word. */
    private static Object clip(ActivationClip clip) {
        return switch (clip) {
            case ActivationClip.Part(float part) -> part;
            case ActivationClip.LeastError() -> clip.text();
        };
    }

    private static ActivationClip clip(JsonFile json) {
        return json.has("clip") ? ActivationClip.parse(json.json("clip").replace("\"", "")) : ActivationClip.NONE;
    }

    private static WeightScheme scheme(JsonFile json) {
        int bits = json.integer("bits");
        if (bits < 2 || bits > 8) throw json.unexpected("bits", "2 to 8");
        boolean symmetric = json.flag("symmetric", bits == 8);
        if (bits == 8 && !symmetric) throw json.unexpected("symmetric", "true at 8 bits");
        Rounding rounding = Arrays.stream(Rounding.values())
                .filter(r -> r.label().equals(json.text("rounding", Rounding.BGR.label()))).findFirst()
                .orElseThrow(() -> json.unexpected("rounding", "minmax, bounded, bgr or clip"));
        GroupSize group = group(json);
        Rotation rotation = rotation(json);
        return naming(json, () -> new WeightScheme(new CodeRange(bits, symmetric), rounding, group, rotation));
    }

    private static GroupSize group(JsonFile json) {
        if (!json.has("group_size")) return new GroupSize.WholeRow();
        int columns = json.size("group_size");
        if (!json.has("group_steps")) return new GroupSize.Multiples(columns);
        if (!json.text("group_steps").equals(FREE)) throw json.unexpected("group_steps", "\"" + FREE + "\"");
        return new GroupSize.Free(columns);
    }

    private static Rotation rotation(JsonFile scheme) {
        if (!scheme.has("rotation")) return new Rotation.None();
        JsonFile rotation = scheme.object("rotation");
        rotation.requireOnly("block", "seed");
        long seed = rotation.longInteger("seed");
        if (rotation.json("block").equals("\"full\"")) return new Rotation.Full(seed);
        int block = rotation.size("block");
        if (Integer.bitCount(block) != 1) throw rotation.unexpected("block", "a power of two");
        return new Rotation.Blocks(block, seed);
    }
}
