package dvdquant.core.quant;

/**
 * What the codes of a weight can be. A weight is Δ · m · (q − z) with codes q and zero points z in 0 … 2ᵇ − 1, so that q − z lies in
 * low … low + span with low = −z.
 *
 * <p>8-bit weights are symmetric, for q − z must fit int8: q is 1 … 255, z is always 128, q − z is −127 … 127.
 *
 * @param bits 2 to 8
 */
public record CodeRange(int bits) {
    private static final int SYMMETRIC_ZERO = 128;
    private static final int SYMMETRIC_MAXIMUM = 127;

    /**
     * @throws IllegalArgumentException if there are not 2 to 8 bits
     */
    public CodeRange {
        if (bits < 2 || bits > 8) throw new IllegalArgumentException("weights have 2 to 8 bits, not " + bits);
    }

    public boolean symmetric() {
        return bits == 8;
    }

    /** The largest code less the smallest. */
    public int span() {
        return symmetric() ? 2 * SYMMETRIC_MAXIMUM : (1 << bits) - 1;
    }

    /** The largest m of a group for which |q − z| · m still fits int8. */
    public int maximumMultiplier() {
        return switch (bits) {
            case 2, 3, 4 -> 8;
            case 5 -> 4;
            case 6 -> 2;
            default -> 1;
        };
    }

    /** The smallest −z that a grid can have. */
    int lowest() {
        return symmetric() ? -SYMMETRIC_MAXIMUM : -span();
    }

    /** The largest −z that a grid can have: the same one if grids are symmetric. */
    int highestLow() {
        return symmetric() ? -SYMMETRIC_MAXIMUM : 0;
    }

    /** The zero point as it is stored. */
    int zeroPoint(int lowest) {
        return symmetric() ? SYMMETRIC_ZERO : -lowest;
    }

    /** The inverse of {@link #zeroPoint}. */
    int lowestOf(int zeroPoint) {
        return symmetric() ? -SYMMETRIC_MAXIMUM : -zeroPoint;
    }
}
