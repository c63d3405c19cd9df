package dvdquant.core.checkpoint;

import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.WeightScheme;

/** How a transformer's quantized layers compute. */
public enum LayerArithmetic {
    /** Products of small integers, scaled once after each. */
    INTEGER,
    /**
     * Products in the type to compute in, of weights and activations that were quantized and multiplied by their scales again: what
     * no integer product can run. Its results are those of the method, its speed is not.
     */
    EMULATED,
    /** Activations as they are, and weights that stand for those before quantization. */
    WEIGHTS_ONLY;

    /**
     * The fastest that can run a quantized layer.
     *
     * @param scales which activations share one
     * @param full whether activations are not quantized
     */
    public static LayerArithmetic of(WeightScheme weights, ActivationScales scales, boolean full) {
        if (full) return WEIGHTS_ONLY;
        return weights.group() instanceof GroupSize.Free || !scales.isInteger() ? EMULATED : INTEGER;
    }
}
