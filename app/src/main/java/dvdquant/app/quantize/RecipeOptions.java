package dvdquant.app.quantize;

import dvdquant.app.options.Flags;
import dvdquant.app.options.GridOptions;
import dvdquant.core.InputException;
import dvdquant.core.quant.activations.ActivationClip;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Recipe;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.Optional;

/** A method, and what is to be different about it. */
final class RecipeOptions {
    @Option(names = "--method", converter = MethodConverter.class, completionCandidates = MethodConverter.Names.class, defaultValue = "dvd-quant", description = "One of ${COMPLETION-CANDIDATES} (default: dvd-quant). The flags below change parts of it.")
    Method method;

    @Option(names = "--rounding", paramLabel = "minmax|bounded|bgr|clip", description = "How grids are found: by the extremes, by bounds tightened, or refined too; or by a linear search for the clipping (dvd-quant: bgr).")
    Rounding rounding;

    @Option(names = "--activation-scales", paramLabel = "SCALES", description = "Which activations share a scale, unless generate says otherwise: tensor, token, token-block-integer[:B] (above 4 bits token), or, emulated, channel, channel-token, block[:B], token-block[:B] (dvd-quant: token-block-integer:128).")
    String scales;

    @Option(names = "--activation-clip", paramLabel = "none|least-error|X", description = "Clip activations: not at all, for the least error at 4 bits and less, or at X of the largest (dvd-quant: least-error).")
    String clip;

    @Option(names = "--smoothing", paramLabel = "none|X", description = "Smooth channels by max|X|^X / max|W|^(1-X), which needs --calibration-prompts (dvd-quant: none).")
    String smoothing;

    @Option(names = "--low-rank", paramLabel = "N", description = "Singular directions of each weight that stay at 16 bits (dvd-quant: 0).")
    Integer lowRank;

    @Mixin
    private GridOptions grids;

    /** @throws InputException if the parts do not go together */
    Recipe recipe() {
        Recipe recipe = method.recipe(grids.bits());
        recipe = recipe.withWeights(scheme(recipe.weights()));
        if (scales != null) {
            recipe = recipe.withActivationScales(
                    Flags.naming("--activation-scales", () -> ActivationScales.parse(scales)));
        }
        if (clip != null) {
            recipe = recipe.withActivationClip(Flags.naming("--activation-clip", () -> ActivationClip.parse(clip)));
        }
        if (smoothing != null) recipe = smoothed(recipe);
        return lowRank == null ? recipe : withBranch(recipe);
    }

    private WeightScheme scheme(WeightScheme ofMethod) {
        return new WeightScheme(ofMethod.range(), rounding == null ? ofMethod.rounding() : rounding,
                grids.group(ofMethod.group()), grids.rotation(ofMethod.rotation()));
    }

    private Recipe smoothed(Recipe recipe) {
        Optional<Double> exponent = exponent();
        return Flags.naming("--smoothing", () -> recipe.withSmoothing(exponent));
    }

    private Recipe withBranch(Recipe recipe) {
        return Flags.naming("--low-rank", () -> recipe.withLowRank(lowRank));
    }

    private Optional<Double> exponent() {
        if (smoothing.equals("none")) return Optional.empty();
        try {
            return Optional.of(Double.parseDouble(smoothing));
        } catch (NumberFormatException e) {
            throw new InputException("--smoothing " + smoothing + ", expected none or an exponent from 0 to 1", e);
        }
    }
}
