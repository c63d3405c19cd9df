package dvdquant.core.quantize;

import dvdquant.core.InputException;

import java.util.Map;

/**
 * What was seen of the activations of a component in full precision.
 *
 * @param ofLayers of each linear layer, by its name: the largest magnitude of each channel of its input, [in]
 */
public record ChannelMaxima(Map<String, float[]> ofLayers) {
    /** The arrays are shared, and must not change. */
    public ChannelMaxima {
        ofLayers = Map.copyOf(ofLayers);
    }

    /**
     * The largest magnitude of each channel of a layer's input, [in].
     *
     * @throws InputException if nothing was seen of the layer
     */
    public float[] of(String layer) {
        float[] maxima = ofLayers.get(layer);
        if (maxima == null) throw new InputException("layer '" + layer + "' did not run during calibration");
        return maxima;
    }
}
