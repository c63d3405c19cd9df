package dvdquant.core.quant;

/**
 * How activations are quantized, whatever their bits: those may differ from step to step.
 *
 * @param scales which activations share one
 * @param clip as {@link ActivationScheme#clip}
 */
public record ActivationRule(ActivationScales scales, float clip) {
    /** A scale a token, and up to 4 bits a small integer multiplier for each block of 128 channels. */
    public static final ActivationRule DEFAULT = new ActivationRule(
            new ActivationScales.PerTokenBlockInteger(ActivationScales.BLOCK), 1);

    public ActivationRule withScales(ActivationScales scales) {
        return new ActivationRule(scales, clip);
    }

    /** The scheme at so many bits. */
    public ActivationScheme at(int bits) {
        return new ActivationScheme(new ActivationRange(bits), scales, clip);
    }
}
