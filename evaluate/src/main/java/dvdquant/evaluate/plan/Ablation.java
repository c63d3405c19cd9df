package dvdquant.evaluate.plan;

import dvdquant.core.quant.activations.ActivationClip;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Recipe;
import dvdquant.models.pipeline.Acceleration;

import java.util.ArrayList;
import java.util.List;

/**
 * The paper's two by two: with and without refined grids (BGR), with and without rotated, scaled activations (ARQ). All else is
 * dvd-quant's: both on is dvd-quant itself.
 *
 * <p>Source: DVD-Quant §4.3.
 */
public record Ablation(List<Cell> cells) {
    /** What each part means here. */
    public static final String MEANING = "dvd-quant with its parts off. BGR off: grids from min and max, in the same groups of 64. "
            + "ARQ off: no rotation, and activations with one scale a token, unclipped, instead of one a token and block.";

    private static final List<BitWidth> WIDTHS = List.of(new BitWidth(4, 4), new BitWidth(4, 6));

    /**
     * @param refined whether weights are rounded by BGR
     * @param scaled whether activations go through ARQ
     */
    public record Cell(boolean refined, boolean scaled, Candidate candidate) {}

    /** At W4A4 and W4A6. */
    public static Ablation ofPaper() {
        var cells = new ArrayList<Cell>();
        for (BitWidth width : WIDTHS) {
            for (boolean refined : new boolean[]{false, true}) {
                for (boolean scaled : new boolean[]{false, true}) {
                    cells.add(new Cell(refined, scaled, candidate(width, refined, scaled)));
                }
            }
        }
        return new Ablation(List.copyOf(cells));
    }

    private static Candidate candidate(BitWidth width, boolean refined, boolean scaled) {
        if (refined && scaled) return Candidates.of(Method.DVD_QUANT, width);
        Recipe recipe = Method.DVD_QUANT.recipe(width.weights());
        if (!refined) recipe = recipe.withRounding(Rounding.MINMAX);
        if (!scaled) {
            recipe = recipe.withRotation(new Rotation.None()).withActivationScales(new ActivationScales.PerToken())
                    .withActivationClip(ActivationClip.NONE);
        }
        String name = Method.DVD_QUANT.label() + (refined ? "" : " without BGR") + (scaled ? "" : " without ARQ");
        Acceleration by = Acceleration.defaults().withActivations(width.toActivations());
        return new Candidate(width + " " + name, name, width.toString(),
                Candidates.standing(recipe.arithmetic(by.choice())), Candidates.model(name.replace(' ', '-'), recipe),
                by);
    }
}
