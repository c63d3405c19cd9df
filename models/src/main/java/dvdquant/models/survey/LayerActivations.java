package dvdquant.models.survey;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What goes into some layers that read the same input.
 *
 * @param layers one or more, of one block
 * @param rotated the same after the rotation
 */
public record LayerActivations(List<LayerName> layers, ChannelMaxima asIs, ChannelMaxima rotated) {
    public LayerActivations {
        layers = List.copyOf(layers);
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
