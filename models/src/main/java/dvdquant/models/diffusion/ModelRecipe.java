package dvdquant.models.diffusion;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Recipe;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What is done to the transformers of one model: a method's recipe for the layers that its family quantizes, and beside it, whatever the method,
 * fewer bits for those that make the modulation, if they are many of the weights. These read one row a forward: their weights are quantized
 * alone, as DVD-Quant does.
 *
 * @param method for the other layers
 * @param modulationBits 4, 8, or 16: not quantized
 */
public record ModelRecipe(Recipe method, List<Component> transformers, int modulationBits) {
    /** Of the modulation's weights unless one asks for others: 3.4 of HunyuanVideo's 12.8 billion, at no time that counts. */
    private static final int USUAL_BITS = 4;
    private static final int UNQUANTIZED = 16;

    public ModelRecipe {
        transformers = List.copyOf(transformers);
    }

    /** With the usual bits of the modulation. */
    public static ModelRecipe of(Recipe method, List<Component> transformers) {
        return new ModelRecipe(method, transformers, USUAL_BITS);
    }

    /** @throws InputException if the bits are none of 4, 8 and 16, or the model has no such layers */
    public ModelRecipe withModulation(int bits) {
        if (modulation().findAny().isEmpty()) {
            throw new InputException(
                    "modulation at " + bits + " bits: that of this model is small and stays as it is, expected a "
                            + "model in which it is a large part, as HunyuanVideo");
        }
        if (bits != 4 && bits != 8 && bits != UNQUANTIZED) {
            throw new InputException("modulation at " + bits + " bits, expected 4, 8 or 16");
        }
        return new ModelRecipe(method, transformers, bits);
    }

    private Stream<String> modulation() {
        return transformers.stream().flatMap(component -> component.modulation().stream()).distinct();
    }

    /** How each layer is quantized. */
    public Recipe recipe() {
        if (modulationBits == UNQUANTIZED) return method;
        LayerFormat weightsOnly = Method.DVD_QUANT.recipe(modulationBits).usual().withActivations(Optional.empty());
        Recipe recipe = method;
        for (String layers : modulation().toList()) {
            recipe = recipe.withOther(layers, weightsOnly);
        }
        return recipe;
    }

    /** Which layers are quantized, by the components' folders. */
    public SequencedMap<String, LayerSelection> layers() {
        var layers = new LinkedHashMap<String, LayerSelection>();
        for (Component component : transformers) {
            LayerSelection usual = component.quantized();
            layers.put(component.name(), modulationBits == UNQUANTIZED
                    ? usual
                    : component.modulation().map(Pattern::compile).map(usual::and).orElse(usual));
        }
        return layers;
    }
}
