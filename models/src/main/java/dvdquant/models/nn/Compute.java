package dvdquant.models.nn;

import java.util.Optional;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.tensor.Kernels;

/**
 * What a forward pass computes with: the kernels of a device, and how the inputs of quantized layers are quantized at this step.
 * Models hand it on to their layers.
 *
 * @param activations of quantized layers; empty where none quantizes its input
 */
public record Compute(Kernels kernels, Optional<ActivationScheme> activations) {
    /** For layers that take their inputs as they are. */
    public Compute(Kernels kernels) {
        this(kernels, Optional.empty());
    }

    public Compute(Kernels kernels, ActivationScheme activations) {
        this(kernels, Optional.of(activations));
    }

    /** @throws IllegalStateException if inputs are not quantized at this step */
    ActivationScheme scheme() {
        return activations.orElseThrow(
                () -> new IllegalStateException("a layer quantizes its input, and nothing says how at this step"));
    }
}
