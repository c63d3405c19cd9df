package dvdquant.core.checkpoint;

import dvdquant.core.quant.activations.ActivationScales;

import java.util.Optional;

/**
 * What a generation asks of quantized layers' activations, beside what the layers' formats say.
 *
 * @param quantized false: they stay as they are in all layers
 * @param scales in place of the formats' own
 */
public record ActivationChoice(boolean quantized, Optional<ActivationScales> scales) {
    /** As the formats say. */
    public static final ActivationChoice OWN = new ActivationChoice(true, Optional.empty());
}
