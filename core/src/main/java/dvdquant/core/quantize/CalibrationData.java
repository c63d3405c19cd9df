package dvdquant.core.quantize;

import dvdquant.core.InputException;

import java.util.Map;

/**
 * What was seen of the activations of a model in full precision.
 *
 * @param channelMaxima of each linear layer, by its name: the largest magnitude of each channel of its input, [in]
 */
public record CalibrationData(Map<String, float[]> channelMaxima) {
    public CalibrationData {
        channelMaxima = Map.copyOf(channelMaxima);
    }

    /**
     * The largest magnitude of each channel of a layer's input.
     *
     * @throws InputException if nothing was seen of the layer
     */
    public float[] of(String layer) {
        float[] maxima = channelMaxima.get(layer);
        if (maxima == null) throw new InputException("layer '" + layer + "' did not run during calibration");
        return maxima;
    }
}
