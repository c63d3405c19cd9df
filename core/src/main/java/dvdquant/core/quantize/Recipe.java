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
    /** Copies the list. */
    public Recipe {
        others = List.copyOf(others);
    }

    /**
     * One way for all layers.
     *
     * @param method that it comes from
     * @param usual how layers are quantized
     */
    public Recipe(Method method, LayerFormat usual) {
        this(method, usual, List.of());
    }

    /**
     * Layers that are quantized otherwise.
     *
     * @param layers a regular expression for their whole names
     * @param format how they are quantized
     */
    public record Other(String layers, LayerFormat format) {
        /**
         * Checks the expression.
         *
         * @throws InputException if it is no regular expression
         */
        public Other {
            LayerSelection.pattern(layers);
        }

        private boolean holds(String layer) {
            return Pattern.matches(layers, layer);
        }
    }

    /**
     * How a layer is quantized.
     *
     * @param layer its name, without {@code .weight}
     * @return the first other way that it belongs to, else the usual one
     */
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

    /**
     * Whether activations must have been seen.
     *
     * @return whether any layer's inputs are smoothed
     */
    public boolean needsCalibration() {
        return usual.smoothing().isPresent() || others.stream().anyMatch(o -> o.format.smoothing().isPresent());
    }

    /**
     * As {@link QuantizedFormat#arithmetic} of what it makes.
     *
     * @param choice of activations
     * @return the one way that all its layers can run in
     */
    public LayerArithmetic arithmetic(ActivationChoice choice) {
        return LayerArithmetic.together(Stream.concat(Stream.of(usual), others.stream().map(Other::format))
                .map(format -> format.arithmetic(choice)));
    }

    /**
     * Quantizes these layers otherwise; earlier ones go before.
     *
     * @param layers a regular expression for their whole names
     * @param format how they are quantized
     * @return a copy
     * @throws InputException if it is no regular expression
     */
    public Recipe withOther(String layers, LayerFormat format) {
        var all = new ArrayList<>(others);
        all.add(new Other(layers, format));
        return new Recipe(method, usual, all);
    }

    private Recipe with(UnaryOperator<LayerFormat> change) {
        return new Recipe(method, change.apply(usual), others);
    }

    /**
     * The usual weights.
     *
     * @return of layers that are not among the others
     */
    public WeightScheme weights() {
        return usual.weights();
    }

    /**
     * The exponent of the usual smoothing.
     *
     * @return from 0 to 1; empty without smoothing
     */
    public Optional<Double> smoothing() {
        return usual.smoothing();
    }

    /**
     * The same with other usual weights.
     *
     * @param scheme of them
     * @return a copy
     */
    public Recipe withWeights(WeightScheme scheme) {
        return with(format -> format.withWeights(scheme));
    }

    /**
     * The same with another usual rounding.
     *
     * @param rounding of the weights
     * @return a copy
     * @throws InputException if the rounding cannot find grids for the groups
     */
    public Recipe withRounding(Rounding rounding) {
        return withWeights(weights().withRounding(rounding));
    }

    /**
     * The same with another usual rotation.
     *
     * @param rotation of weights and activations
     * @return a copy
     */
    public Recipe withRotation(Rotation rotation) {
        return withWeights(weights().withRotation(rotation));
    }

    /**
     * Nothing to change where activations stay as they are.
     *
     * @param scales which of the usual activations share one
     * @return a copy
     */
    public Recipe withActivationScales(ActivationScales scales) {
        return with(format -> format.withActivations(format.activations().map(rule -> rule.withScales(scales))));
    }

    /**
     * As {@link #withActivationScales}.
     *
     * @param clip of the usual activations
     * @return a copy
     */
    public Recipe withActivationClip(ActivationClip clip) {
        return with(format -> format.withActivations(
                format.activations().map(rule -> new ActivationRule(rule.scales(), clip))));
    }

    /**
     * The same with another usual smoothing.
     *
     * @param exponent of the activations; empty: none
     * @return a copy
     */
    public Recipe withSmoothing(Optional<Double> exponent) {
        return with(format -> format.withSmoothing(exponent));
    }

    /**
     * The same with another usual branch beside the layers.
     *
     * @param rank of it; 0: none
     * @return a copy
     */
    public Recipe withLowRank(int rank) {
        return with(format -> format.withLowRank(rank));
    }

    /**
     * For a JSON writer; {@link #read} undoes it.
     *
     * @return by key, in the order in which they are written
     */
    public SequencedMap<String, Object> toJson() {
        return RecipeJson.write(this);
    }

    /**
     * Reads what {@link #toJson} gives.
     *
     * @param json an object
     * @return the recipe
     * @throws InputException if a key or a value is not known, or one is missing
     */
    public static Recipe read(JsonFile json) {
        return RecipeJson.read(json);
    }

    /**
     * The format of a component these layers of which were quantized so.
     *
     * @param layers their names
     * @return each by the way that the recipe has for it
     */
    public QuantizedFormat format(Set<String> layers) {
        var formats = new TreeMap<String, LayerFormat>();
        layers.forEach(layer -> formats.put(layer, of(layer)));
        return new QuantizedFormat(method.label(), formats);
    }
}
