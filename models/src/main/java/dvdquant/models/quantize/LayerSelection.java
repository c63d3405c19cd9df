package dvdquant.models.quantize;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Which linear layers of a component are quantized: those whose names match one of {@code include} and none of {@code exclude}.
 */
public record LayerSelection(List<Pattern> include, List<Pattern> exclude) {
    /** The projections of attention and feed-forward; embedders, norms, modulation and the last projection stay as they are. */
    private static final LayerSelection WAN = new LayerSelection(List.of(
            Pattern.compile("blocks\\.\\d+\\.attn[12]\\.(to_q|to_k|to_v|to_out\\.0|add_k_proj|add_v_proj)"),
            Pattern.compile("blocks\\.\\d+\\.ffn\\.net\\.(0\\.proj|2)")), List.of());

    /** @throws InputException if the component is of a model whose layers are not known here */
    public static LayerSelection of(JsonFile config) {
        return switch (config.text("_class_name")) {
            case "WanTransformer3DModel" -> WAN;
            default ->
                throw config.unexpected("_class_name", "\"WanTransformer3DModel\": no other can be quantized yet");
        };
    }

    /** With patterns of the user's: given ones take the place of those to include. */
    public LayerSelection with(List<Pattern> include, List<Pattern> exclude) {
        return new LayerSelection(include.isEmpty() ? this.include : include, exclude);
    }

    public boolean selects(String layer) {
        return include.stream().anyMatch(pattern -> pattern.matcher(layer).matches())
                && exclude.stream().noneMatch(pattern -> pattern.matcher(layer).matches());
    }
}
