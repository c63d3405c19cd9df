package dvdquant.core.quant.activations;

/**
 * How activations are quantized, whatever their bits: those may differ from step to step.
 *
 * @param scales which activations share one
 * @param clip what of a group is clipped, which depends on the bits
 */
public record ActivationRule(ActivationScales scales, ActivationClip clip) {
    /** A scale a token, and up to 4 bits a small integer multiplier for each block of 128 channels, clipped for the least error. */
    public static final ActivationRule DEFAULT = new ActivationRule(
            new ActivationScales.PerTokenBlockInteger(ActivationScales.BLOCK), new ActivationClip.LeastError());

    /**
     * {@return the rule with another granularity, clipped as before}
     *
     * @param scales in place of this one's
     */
    public ActivationRule withScales(ActivationScales scales) {
        return new ActivationRule(scales, clip);
    }

    /**
     * {@return the rule at so many bits}
     *
     * @param bits 2 to 8
     * @throws IllegalArgumentException if they are not
     */
    public ActivationScheme at(int bits) {
        return new ActivationScheme(new ActivationRange(bits), scales, clip.at(bits));
    }
}
