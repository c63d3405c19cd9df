package dvdquant.evaluate.report;

import java.util.List;

/**
 * What the charts draw of a variant.
 *
 * @param steps one for each sampling step, of one prompt or averaged over prompts; empty where there is nothing to draw
 * @param layers the error of each quantized layer's weights; empty for full precision
 */
public record Traces(List<Step> steps, List<LayerError> layers) {
    /** Nothing to draw. */
    public static final Traces NONE = new Traces(List.of(), List.of());

    public Traces {
        steps = List.copyOf(steps);
        layers = List.copyOf(layers);
    }
}
