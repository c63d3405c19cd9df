package dvdquant.core.quant.activations;

/**
 * The codes of activations: −8 … 7 at 4 bits, −128 … 127 at 8. The largest magnitude of a group is coded as ± the largest code, so
 * that the smallest is reached by rounding only.
 *
 * @param bits 2 to 8
 */
public record ActivationRange(int bits) {
    /**
     * Checks that a byte holds the codes.
     *
     * @throws IllegalArgumentException if there are not 2 to 8 bits
     */
    public ActivationRange {
        if (bits < 2 || bits > 8) throw new IllegalArgumentException("activations have 2 to 8 bits, not " + bits);
    }

    /** {@return the smallest code, −2ᵇ⁻¹} */
    public int lowest() {
        return -(1 << bits - 1);
    }

    /** {@return the largest code, 2ᵇ⁻¹ − 1: that of a group's largest magnitude} */
    public int highest() {
        return (1 << bits - 1) - 1;
    }

    /** {@return whether a code times 15 fits int8: at 4 bits and less} */
    public boolean takesMultiplier() {
        return bits <= 4;
    }

    /** The scale of a group whose largest magnitude that is; 1 if it is zero, and never zero. */
    float scale(float magnitude) {
        if (magnitude == 0) return 1;
        return Math.max(magnitude / highest(), Float.MIN_VALUE);
    }

    /** The same for a group whose values beyond {@code clip} times the magnitude are clipped. */
    float scale(float magnitude, float clip) {
        return magnitude == 0 ? 1 : scale(Math.max(magnitude * clip, Float.MIN_VALUE));
    }

    /** clamp(round(x / step)): to nearest, ties to even; the quotient is rounded to a float first. */
    byte code(float value, float step) {
        return (byte) Math.clamp(Math.rint(value / step), lowest(), highest());
    }

    /** The m of a block with that largest magnitude: 15 · block / token, rounded up, at least 1. */
    static int multiplier(float block, float token) {
        int whole = ActivationScales.PerTokenBlockInteger.WHOLE;
        return token == 0 ? whole : (int) Math.clamp(Math.ceil(block / token * whole), 1, whole);
    }

    /** The step of a block with the multiplier m of a token with the scale s: s · m / 15. */
    static float step(float scale, int multiplier) {
        int whole = ActivationScales.PerTokenBlockInteger.WHOLE;
        return multiplier == whole ? scale : Math.max(scale * multiplier / whole, Float.MIN_VALUE);
    }
}
