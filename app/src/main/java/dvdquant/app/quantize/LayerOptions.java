package dvdquant.app.quantize;

import dvdquant.app.options.Flags;
import dvdquant.core.InputException;
import dvdquant.core.checkpoint.ActivationChoice;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Recipe;
import dvdquant.models.Pipelines;
import dvdquant.models.diffusion.ModelRecipe;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Which layers of a model are quantized, and how. */
public final class LayerOptions {
    @Mixin
    private RecipeOptions parts;

    @Option(names = "--modulation", paramLabel = "4|8|16", description = "Bits of the weights that make the modulation, where they are many, as HunyuanVideo's are; their inputs stay at 16 (default: 4).")
    private Integer modulation;

    @Option(names = "--components", split = ",", paramLabel = "NAME,…", description = "Quantize these alone: of a model with two, 'transformer' takes the first steps and 'transformer_2' the last (default: all).")
    private List<String> chosen = List.of();

    @Option(names = "--include", paramLabel = "REGEX", description = "Layers to quantize instead of the model's usual ones, by their whole names ('blocks\\.0\\..*').")
    private List<String> include = List.of();

    @Option(names = "--exclude", paramLabel = "REGEX", description = "Layers to leave in full precision, by their whole names ('.*\\.ffn\\..*').")
    private List<String> exclude = List.of();

    /** @throws InputException if the parts do not go together */
    public Recipe recipe() {
        return parts.recipe();
    }

    /** @throws InputException if the folder is no model, or the flags do not fit it */
    public ModelRecipe of(Path model) {
        ModelRecipe usual = Pipelines.recipe(model, recipe());
        return modulation == null
                ? usual
                : Flags.naming("--modulation", () -> usual.withModulation(modulation));
    }

    /** Which layers of which component. */
    public SequencedMap<String, LayerSelection> components(ModelRecipe ofModel) {
        List<Pattern> included = patterns("--include", include);
        List<Pattern> excluded = patterns("--exclude", exclude);
        SequencedMap<String, LayerSelection> components = ofModel.layers();
        for (String name : chosen) {
            if (!components.containsKey(name)) {
                throw new InputException("--components " + String.join(",", chosen) + ": '" + name
                        + "' cannot be quantized, expected some of " + String.join(", ", components.keySet()));
            }
        }
        if (!chosen.isEmpty()) components.keySet().retainAll(chosen);
        components.replaceAll((_, usual) -> usual.with(included, excluded));
        return components;
    }

    private static List<Pattern> patterns(String flag, List<String> given) {
        return given.stream().map(text -> {
            try {
                return Pattern.compile(text);
            } catch (PatternSyntaxException e) {
                throw new InputException(flag + " '" + text + "': not a regular expression: " + e.getDescription(), e);
            }
        }).toList();
    }

    /** The method, for people. */
    public static String label(Recipe recipe) {
        return recipe.method().label()
                + (recipe.arithmetic(ActivationChoice.OWN) == LayerArithmetic.EMULATED ? " (emulated)" : "");
    }
}
