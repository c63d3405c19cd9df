package dvdquant.app.bench;

import dvdquant.core.InputException;
import picocli.CommandLine.Option;

/** How much goes into a benchmark of kernels, and which numbers. */
public final class BenchInputOptions {
    private static final int USUAL_TOKENS = 4096;

    @Option(names = "--tokens", paramLabel = "N", description = "Tokens of the video (default: 4096; 81 frames of 480x832 are 32760).")
    private Integer tokens;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of weights and input (default: 0).")
    public long seed;

    /** @throws InputException if the flag is out of range */
    public int tokens() {
        if (tokens == null) return USUAL_TOKENS;
        if (tokens < 1) throw new InputException("--tokens " + tokens + ", expected 1 or more");
        return tokens;
    }

    /** @throws InputException if the flag is given */
    public void requireNoTokens() {
        if (tokens != null)
            throw new InputException("--tokens " + tokens + ": expected without --shape, which has its own");
    }
}
