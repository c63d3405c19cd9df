package dvdquant.core.quant.activations;

import java.util.Optional;

/** How the inputs of quantized layers are quantized at one step, given the rule that each layer's format has. */
@FunctionalInterface
public interface StepActivations {
    ActivationScheme of(ActivationRule own);

    /** Of a step at which no layer quantizes its input: to ask is an error. */
    static StepActivations none() {
        return _ -> {
            throw new IllegalStateException("a layer quantizes its input, and nothing says how at this step");
        };
    }

    /** The same for all layers. */
    static StepActivations always(ActivationScheme scheme) {
        return _ -> scheme;
    }

    /**
     * By the layers' own rules.
     *
     * @param scales in place of theirs
     */
    static StepActivations ofBits(int bits, Optional<ActivationScales> scales) {
        return own -> scales.map(own::withScales).orElse(own).at(bits);
    }
}
