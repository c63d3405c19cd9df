package dvdquant.core.quant.activations;

import java.util.Optional;

/** How the inputs of quantized layers are quantized at one step, given the rule that each layer's format has. */
@FunctionalInterface
public interface StepActivations {
    /**
     * {@return how a layer's input is quantized at this step}
     *
     * @param own the rule of the layer's format
     */
    ActivationScheme of(ActivationRule own);

    /**
     * {@return what serves a step at which no layer quantizes its input: to ask it is an {@link IllegalStateException}}
     */
    static StepActivations none() {
        return _ -> {
            throw new IllegalStateException("a layer quantizes its input, and nothing says how at this step");
        };
    }

    /**
     * {@return one scheme for all layers}
     *
     * @param scheme in place of the layers' rules
     */
    static StepActivations always(ActivationScheme scheme) {
        return _ -> scheme;
    }

    /**
     * {@return the layers' own rules, at so many bits}
     *
     * @param bits 2 to 8
     * @param scales in place of theirs
     */
    static StepActivations ofBits(int bits, Optional<ActivationScales> scales) {
        return own -> scales.map(own::withScales).orElse(own).at(bits);
    }
}
