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
    private final Map<String, LayerSelection> selections;
    private final Rotation rotation;
    private final Map<LayerName, Input> inputs = new LinkedHashMap<>();
    private Tensor last;
    private Input ofLast;

    /** What one or more layers read. */
    private record Input(Set<LayerName> layers, HadamardRotation rotation, MaximaOverSteps asIs,
            MaximaOverSteps rotated, TokenSpread tokens) {}

    /** @param selections by component */
    ActivationObserver(Map<String, LayerSelection> selections, Rotation rotation) {
        this.selections = selections;
        this.rotation = rotation;
    }

    @Override
    public LayerObserver ofComponent(String component) {
        return (layer, input) -> {
            if (selections.get(component).selects(layer)) observe(LayerName.of(component, layer), input);
        };
    }

    @Override
    public void observe(String layer, Tensor input) {
        throw new IllegalStateException("layer '" + layer + "' of no component");
    }

    private void observe(LayerName layer, Tensor input) {
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
                List.copyOf(input.layers), input.asIs.result(), input.rotated.result(), input.tokens.result())));
        return layers;
    }
}
