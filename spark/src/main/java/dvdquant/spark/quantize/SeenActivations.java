package dvdquant.spark.quantize;

import dvdquant.core.quantize.CalibrationData;
import dvdquant.core.quantize.ChannelMaxima;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What was seen of a model's activations, as it is sent about.
 *
 * @param maxima by component and layer; empty where the method needs none
 * @param seconds that it took
 */
record SeenActivations(HashMap<String, HashMap<String, float[]>> maxima, double seconds) implements Serializable {
    static final SeenActivations NONE = new SeenActivations(new HashMap<>(), 0);

    static SeenActivations of(CalibrationData data, double seconds) {
        var maxima = new HashMap<String, HashMap<String, float[]>>();
        data.ofComponents().forEach((component, seen) -> maxima.put(component, new HashMap<>(seen.ofLayers())));
        return new SeenActivations(maxima, seconds);
    }

    boolean isNone() {
        return maxima.isEmpty();
    }

    /** @throws dvdquant.core.InputException if something was seen of others only */
    HashMap<String, float[]> of(String component) {
        if (isNone()) return new HashMap<>();
        return new HashMap<>(data().of(component).ofLayers());
    }

    private CalibrationData data() {
        Map<String, ChannelMaxima> all = new HashMap<>();
        maxima.forEach((component, seen) -> all.put(component, new ChannelMaxima(seen)));
        return new CalibrationData(all);
    }

    static Optional<ChannelMaxima> maxima(Map<String, float[]> ofLayers) {
        return ofLayers.isEmpty() ? Optional.empty() : Optional.of(new ChannelMaxima(ofLayers));
    }
}
