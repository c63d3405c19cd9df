package dvdquant.core.quant;

/**
 * How the inputs of quantized layers are quantized.
 *
 * @param range of the codes, by their bits
 * @param scales which activations share one
 */
public record ActivationScheme(ActivationRange range, ActivationScales scales) {
    private static final int BLOCK = 128;

    /** The default at so many bits: a scale a token, and up to 4 bits a small integer multiplier for each block of 128 channels. */
    public static ActivationScheme ofBits(int bits) {
        var range = new ActivationRange(bits);
        return new ActivationScheme(range,
                bits <= 4 ? new ActivationScales.PerTokenBlockInteger(BLOCK) : new ActivationScales.PerToken());
    }
}
