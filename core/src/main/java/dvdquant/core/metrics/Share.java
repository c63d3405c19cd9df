package dvdquant.core.metrics;

/**
 * How many of some trials succeeded, with Wilson's 95 % interval for the share behind it, which stays within [0, 1] and is of use
 * with few trials and near 0 and 1.
 *
 * @see <a href="https://doi.org/10.1080/01621459.1927.10502953">Wilson 1927</a>
 */
public record Share(int hits, int trials) {
    /** The 97.5 % point of the standard normal distribution. */
    private static final double Z = 1.959963984540054;

    /** @throws IllegalArgumentException unless 0 ≤ hits ≤ trials and there is a trial */
    public Share {
        if (trials < 1 || hits < 0 || hits > trials) {
            throw new IllegalArgumentException(hits + " hits in " + trials + " trials");
        }
    }

    public double value() {
        return (double) hits / trials;
    }

    /** The lower end of the interval. */
    public double low() {
        return hits == 0 ? 0 : center() - halfWidth();
    }

    /** The upper end of the interval. */
    public double high() {
        return hits == trials ? 1 : center() + halfWidth();
    }

    private double center() {
        return (hits + Z * Z / 2) / (trials + Z * Z);
    }

    private double halfWidth() {
        double n = trials;
        return Z * Math.sqrt(n * value() * (1 - value()) + Z * Z / 4) / (n + Z * Z);
    }
}
