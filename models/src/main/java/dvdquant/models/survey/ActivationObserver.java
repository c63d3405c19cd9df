package dvdquant.models.survey;

import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.models.nn.LayerObserver;
import dvdquant.tensor.Tensor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Looks at the inputs of the layers that are quantized in other models. Layers that read one input share a look at it. */
final class ActivationObserver implements LayerObserver {
    private final LayerSelection selection;
    private final Rotation rotation;
    private final Map<String, Input> inputs = new LinkedHashMap<>();
    private Tensor last;
    private Input ofLast;

    /** What one or more layers read. */
    private record Input(Set<String> layers, HadamardRotation rotation, MaximaOverSteps asIs, MaximaOverSteps rotated,
            TokenSpread tokens) {}

    ActivationObserver(LayerSelection selection, Rotation rotation) {
        this.selection = selection;
        this.rotation = rotation;
    }

    @Override
    public void observe(String layer, Tensor input) {
        if (!selection.selects(layer)) return;
        if (input != last) {
            int channels = Math.toIntExact(input.dim(1));
            ofLast = inputs.computeIfAbsent(layer, _ -> new Input(new LinkedHashSet<>(),
                    rotation.forColumns(channels), new MaximaOverSteps(channels),
                    new MaximaOverSteps(channels), new TokenSpread()));
            look(input, ofLast);
            last = input;
        }
        ofLast.layers.add(layer);
    }

    private static void look(Tensor input, Input at) {
        int channels = at.rotation.columns();
        LayerObserver.forTokens(input, values -> {
            for (int offset = 0; offset < values.length; offset += channels) {
                at.asIs.add(values, offset);
                at.tokens.add(values, offset, channels);
                at.rotation.rotate(values, offset);
                at.rotated.add(values, offset);
            }
        });
        at.tokens.endForward();
    }

    void endStep(int step) {
        last = null;
        inputs.values().forEach(input -> {
            input.asIs.endStep(step);
            input.rotated.endStep(step);
            input.tokens.endStep(step);
        });
    }

    List<LayerActivations> result() {
        var layers = new ArrayList<LayerActivations>();
        inputs.values().forEach(input -> layers.add(new LayerActivations(
                input.layers.stream().map(LayerName::of).toList(), input.asIs.result(), input.rotated.result(),
                input.tokens.result())));
        return layers;
    }
}
