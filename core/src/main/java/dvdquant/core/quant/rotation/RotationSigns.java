package dvdquant.core.quant.rotation;

/**
 * The diagonal D of a rotation: a sign for each column, from a generator anyone can write in five lines. Column k is negated if bit
 * 0 of SplitMix64(seed + k) is set.
 *
 * @see <a href="https://prng.di.unimi.it/splitmix64.c">Vigna's splitmix64: one step from the state {@code seed + k}</a>
 */
public final class RotationSigns {
    private RotationSigns() {}

    /**
     * {@return the sign of a column, +1 or −1}
     *
     * @param seed any number
     * @param column from 0
     */
    public static int of(long seed, long column) {
        long z = seed + column + 0x9E37_79B9_7F4A_7C15L;
        z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return ((z ^ z >>> 31) & 1) == 0 ? 1 : -1;
    }
}
