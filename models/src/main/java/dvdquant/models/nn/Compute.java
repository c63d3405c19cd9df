package dvdquant.models.nn;

import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.tensor.Kernels;

/**
 * What a forward pass computes with: the kernels of a device, and how the inputs of quantized layers are quantized at this step.
 * Models hand it on to their layers.
 *
 * @param activations of quantized layers; where none quantizes its input, {@link StepActivations#none}
 * @param kernels of the device
 */
public record Compute(Kernels kernels, StepActivations activations) {
    /**
     * With one scheme for all layers.
     *
     * @param kernels of the device
     * @param activations of all quantized layers, whatever their own rules are
     */
    public Compute(Kernels kernels, ActivationScheme activations) {
        this(kernels, StepActivations.always(activations));
    }

    /**
     * For layers that take their inputs as they are.
     *
     * @param kernels of the device
     */
    public Compute(Kernels kernels) {
        this(kernels, StepActivations.none());
    }
}
