package dvdquant.models.survey;

import dvdquant.models.diffusion.DiffusionModel;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A layer's name in the checkpoint, in two parts: {@code blocks.3.attn1.to_q} is kind {@code attn1.to_q} of block 3, and
 * {@code single_transformer_blocks.3.attn.to_q} kind {@code single_attn.to_q}. Of a second transformer, whose layers have the same names, its
 * name stands before both.
 *
 * @param block −1 outside of the blocks
 */
public record LayerName(String full, String kind, int block) {
    /** By block and name. */
    public static final Comparator<LayerName> ORDER = Comparator.comparingInt(LayerName::block)
            .thenComparing(LayerName::kind);

    private static final Pattern IN_BLOCK = Pattern
            .compile("((?:\\w+\\.)?(?:\\w+?_)??)(?:transformer_)?(?:blocks|layers)\\.(\\d{1,6})\\.(.+)");

    /** Of a component of a model. */
    static LayerName of(String component, String layer) {
        return of(component.equals(DiffusionModel.TRANSFORMER) ? layer : component + "." + layer);
    }

    public static LayerName of(String full) {
        Matcher matcher = IN_BLOCK.matcher(full);
        return matcher.matches()
                ? new LayerName(full, matcher.group(1) + matcher.group(3), Integer.parseInt(matcher.group(2)))
                : new LayerName(full, full, -1);
    }
}
