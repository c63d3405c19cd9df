package dvdquant.core.quant.activations;

/**
 * How the inputs of quantized layers are quantized.
 *
 * @param range of the codes, by their bits
 * @param scales which activations share one
 * @param clip the part of a group's largest magnitude that its largest code stands for; what is beyond is clipped. 1: nothing
 */
public record ActivationScheme(ActivationRange range, ActivationScales scales, float clip) {
    /**
     * Checks the clip.
     *
     * @throws IllegalArgumentException if it is not above 0 up to 1
     */
    public ActivationScheme {
        if (!(clip > 0 && clip <= 1)) throw new IllegalArgumentException("a clip of " + clip + ", expected 0 to 1");
    }

    /**
     * With nothing clipped.
     *
     * @param range of the codes, by their bits
     * @param scales which activations share one
     */
    public ActivationScheme(ActivationRange range, ActivationScales scales) {
        this(range, scales, 1);
    }

    /** {@return whether codes are stored times an integer multiplier} */
    public boolean multiplies() {
        return scales instanceof ActivationScales.PerTokenBlockInteger && range.takesMultiplier();
    }

    /**
     * {@return the bits that hold what an integer product reads: those of the codes, 8 if they are stored times a
     * multiplier}
     */
    public int storedBits() {
        return multiplies() ? Byte.SIZE : range.bits();
    }

    /**
     * {@return {@link ActivationRule#DEFAULT} at so many bits}
     *
     * @param bits 2 to 8
     * @throws IllegalArgumentException if they are not
     */
    public static ActivationScheme ofBits(int bits) {
        return ActivationRule.DEFAULT.at(bits);
    }
}
