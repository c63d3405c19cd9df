package dvdquant.models.pipeline;

import dvdquant.core.quant.ActivationScales;

import java.util.Optional;

/**
 * What makes a generation cheaper than the model's weights and the request alone would.
 *
 * @param activations bits over the steps, of a quantized transformer
 * @param scales which of its activations share a scale; empty: what its checkpoint says
 */
public record Acceleration(Activations activations, Optional<ActivationScales> scales) {
    public static Acceleration defaults() {
        return new Acceleration(Activations.defaults(), Optional.empty());
    }

    public Acceleration withActivations(Activations of) {
        return new Acceleration(of, scales);
    }
}
