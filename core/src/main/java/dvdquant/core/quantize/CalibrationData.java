package dvdquant.core.quantize;

import dvdquant.core.InputException;

import java.util.Map;

/**
 * What was seen of the activations of a model in full precision. Layers of several transformers may have the same names.
 *
 * @param ofComponents by the components' names, such as {@code transformer}
 */
public record CalibrationData(Map<String, ChannelMaxima> ofComponents) {
    /** Copies the map. */
    public CalibrationData {
        ofComponents = Map.copyOf(ofComponents);
    }

    /**
     * What was seen of a component.
     *
     * @throws InputException if nothing was
     */
    public ChannelMaxima of(String component) {
        ChannelMaxima maxima = ofComponents.get(component);
        if (maxima == null) throw new InputException("component '" + component + "' did not run during calibration");
        return maxima;
    }
}
