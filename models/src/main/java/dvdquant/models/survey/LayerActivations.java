package dvdquant.models.survey;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What goes into some layers that read the same input.
 *
 * @param layers one or more, of one block
 * @param rotated the same after the rotation
 * @param tokenSpread the largest token's maximum over the median token's at each step, [steps]
 */
public record LayerActivations(List<LayerName> layers, ChannelMaxima asIs, ChannelMaxima rotated,
        float[] tokenSpread) {
    public LayerActivations {
        layers = List.copyOf(layers);
    }

    /** The highest of all steps: what a scale that all tokens share must span. */
    public float largestTokenSpread() {
        float largest = 1;
        for (float ofStep : tokenSpread) {
            largest = Math.max(largest, ofStep);
        }
        return largest;
    }

    public int block() {
        return layers.getFirst().block();
    }

    /** As {@code attn1.to_q, to_k, to_v}. */
    public String kind() {
        String first = layers.getFirst().kind();
        String prefix = first.substring(0, first.indexOf('.') + 1);
        return first + layers.stream().skip(1).map(layer -> ", " + layer.kind().substring(
                layer.kind().startsWith(prefix) ? prefix.length() : 0)).collect(Collectors.joining());
    }
}
