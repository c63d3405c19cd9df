package dvdquant.core.quant.weights;

/**
 * What the codes of a weight can be. A weight is Δ · m · (q − z) with codes q and zero points z in 0 … 2ᵇ − 1, so that q − z lies in
 * low … low + span with low = −z.
 *
 * <p>Symmetric codes have the one zero point 2ᵇ⁻¹, and the largest magnitude is coded as ±(2ᵇ⁻¹ − 1): q − z is −8 … 7 at 4 bits.
 * 8-bit weights are always symmetric, for q − z must fit int8: q is 1 … 255, q − z is −127 … 127.
 *
 * @param bits 2 to 8
 * @param symmetric whether the zero point is the same for all
 */
public record CodeRange(int bits, boolean symmetric) {
    private static final int SYMMETRIC_MAXIMUM = 127;

    /**
     * Checks that files and integer products have room for such codes.
     *
     * @throws IllegalArgumentException if there are not 2 to 8 bits, or 8-bit codes are not symmetric
     */
    public CodeRange {
        if (bits < 2 || bits > 8) throw new IllegalArgumentException("weights have 2 to 8 bits, not " + bits);
        if (bits == 8 && !symmetric) throw new IllegalArgumentException("8-bit weights are symmetric");
    }

    /**
     * Symmetric at 8 bits, and only there.
     *
     * @param bits 2 to 8
     * @throws IllegalArgumentException if there are not 2 to 8 bits
     */
    public CodeRange(int bits) {
        this(bits, bits == 8);
    }

    /** {@return the largest code less the smallest} */
    public int span() {
        return bits == 8 ? 2 * SYMMETRIC_MAXIMUM : (1 << bits) - 1;
    }

    /** {@return the largest m of a group for which |q − z| · m still fits int8} */
    public int maximumMultiplier() {
        return switch (bits) {
            case 2, 3, 4 -> 8;
            case 5 -> 4;
            case 6 -> 2;
            default -> 1;
        };
    }

    /** {@return the largest zero point that is stored} */
    public int maximumZeroPoint() {
        return symmetric ? symmetricZero() : span();
    }

    /** {@return what a symmetric grid's largest magnitude is divided by} */
    public int symmetricHighest() {
        return symmetricZero() - 1;
    }

    private int symmetricZero() {
        return 1 << bits - 1;
    }

    private int symmetricLowest() {
        return bits == 8 ? -SYMMETRIC_MAXIMUM : -symmetricZero();
    }

    /** {@return the smallest −z that a grid can have} */
    public int lowest() {
        return symmetric ? symmetricLowest() : -span();
    }

    /** {@return the largest −z that a grid can have: the same one if grids are symmetric} */
    public int highestLow() {
        return symmetric ? symmetricLowest() : 0;
    }

    /**
     * {@return the zero point as it is stored}
     *
     * @param lowest −z of the grid; of no account if grids are symmetric
     */
    public int zeroPoint(int lowest) {
        return symmetric ? symmetricZero() : -lowest;
    }

    /**
     * {@return −z, from a stored zero point: the inverse of {@link #zeroPoint}}
     *
     * @param zeroPoint as it is stored; of no account if grids are symmetric
     */
    public int lowestOf(int zeroPoint) {
        return symmetric ? symmetricLowest() : -zeroPoint;
    }
}
