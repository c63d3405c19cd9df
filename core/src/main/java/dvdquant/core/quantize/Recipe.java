package dvdquant.core.quantize;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.ActivationChoice;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quant.activations.ActivationClip;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightScheme;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What is done to the layers of a component.
 *
 * @param method that it comes from
 * @param usual how layers are quantized
 * @param others layers that are quantized otherwise; the first that a layer belongs to counts
 */
public record Recipe(Method method, LayerFormat usual, List<Other> others) {
    public Recipe {
        others = List.copyOf(others);
    }

    /** One way for all layers. */
    public Recipe(Method method, LayerFormat usual) {
        this(method, usual, List.of());
    }

    /**
     * Layers that are quantized otherwise.
     *
     * @param layers a regular expression for their whole names
     */
    public record Other(String layers, LayerFormat format) {
        /** @throws InputException if it is no regular expression */
        public Other {
            LayerSelection.pattern(layers);
        }

        private boolean holds(String layer) {
            return Pattern.matches(layers, layer);
        }
    }

    /** How a layer is quantized. */
    public LayerFormat of(String layer) {
        return others.stream().filter(other -> other.holds(layer)).findFirst().map(Other::format).orElse(usual);
    }

    /** For the text of a recipe without others, by which folders of evaluations know it, is what it was before there were others. */
    @Override
    public String toString() {
        return "Recipe[method=" + method + ", weights=" + usual.weights() + ", activations="
                + usual.activations().map(ActivationRule::toString).orElse("16") + ", smoothing=" + usual.smoothing()
                + ", lowRank=" + usual.lowRank() + (others.isEmpty() ? "" : ", others=" + others) + "]";
    }

    /** Whether activations must have been seen. */
    public boolean needsCalibration() {
        return usual.smoothing().isPresent() || others.stream().anyMatch(o -> o.format.smoothing().isPresent());
    }

    /** As {@link QuantizedFormat#arithmetic} of what it makes. */
    public LayerArithmetic arithmetic(ActivationChoice choice) {
        return LayerArithmetic.together(Stream.concat(Stream.of(usual), others.stream().map(Other::format))
                .map(format -> format.arithmetic(choice)));
    }

    /** Quantizes these layers otherwise; earlier ones go before. */
    public Recipe withOther(String layers, LayerFormat format) {
        var all = new ArrayList<>(others);
        all.add(new Other(layers, format));
        return new Recipe(method, usual, all);
    }

    private Recipe with(UnaryOperator<LayerFormat> change) {
        return new Recipe(method, change.apply(usual), others);
    }

    /** The usual weights. */
    public WeightScheme weights() {
        return usual.weights();
    }

    /** The exponent of the usual smoothing. */
    public Optional<Double> smoothing() {
        return usual.smoothing();
    }

    public Recipe withWeights(WeightScheme scheme) {
        return with(format -> format.withWeights(scheme));
    }

    /** @throws InputException if the rounding cannot find grids for the groups */
    public Recipe withRounding(Rounding rounding) {
        return withWeights(weights().withRounding(rounding));
    }

    public Recipe withRotation(Rotation rotation) {
        return withWeights(weights().withRotation(rotation));
    }

    /** Nothing to change where activations stay as they are. */
    public Recipe withActivationScales(ActivationScales scales) {
        return with(format -> format.withActivations(format.activations().map(rule -> rule.withScales(scales))));
    }

    /** As {@link #withActivationScales}. */
    public Recipe withActivationClip(ActivationClip clip) {
        return with(format -> format.withActivations(
                format.activations().map(rule -> new ActivationRule(rule.scales(), clip))));
    }

    public Recipe withSmoothing(Optional<Double> exponent) {
        return with(format -> format.withSmoothing(exponent));
    }

    public Recipe withLowRank(int rank) {
        return with(format -> format.withLowRank(rank));
    }

    /** For a JSON writer; {@link #read} undoes it. */
    public SequencedMap<String, Object> toJson() {
        return RecipeJson.write(this);
    }

    /** @throws InputException if a key or a value is not known, or one is missing */
    public static Recipe read(JsonFile json) {
        return RecipeJson.read(json);
    }

    /** The format of a component these layers of which were quantized so. */
    public QuantizedFormat format(Set<String> layers) {
        var formats = new TreeMap<String, LayerFormat>();
        layers.forEach(layer -> formats.put(layer, of(layer)));
        return new QuantizedFormat(method.label(), formats);
    }
}
