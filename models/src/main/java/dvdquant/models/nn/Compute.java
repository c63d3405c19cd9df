package dvdquant.models.nn;

import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.tensor.Kernels;

/**
 * What a forward pass computes with: the kernels of a device, and how the inputs of quantized layers are quantized at this step.
 * Models hand it on to their layers.
 *
 * @param activations of quantized layers; layers in full precision do not look at it
 */
public record Compute(Kernels kernels, StepActivations activations) {
    /** With one scheme for all layers. */
    public Compute(Kernels kernels, ActivationScheme activations) {
        this(kernels, StepActivations.always(activations));
    }

    /** With 8-bit activations. */
    public Compute(Kernels kernels) {
        this(kernels, ActivationScheme.ofBits(8));
    }
}
