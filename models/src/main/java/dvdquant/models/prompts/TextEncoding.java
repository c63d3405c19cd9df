package dvdquant.models.prompts;

import java.util.Optional;

/**
 * How prompts are encoded.
 *
 * @param eightBit whether the matrices of large text encoders, and what they read, are 8-bit integers, quantized as they are loaded
 * @param cache where encoded prompts are kept, and found again
 */
public record TextEncoding(boolean eightBit, Optional<PromptCache> cache) {
    /**
     * In the compute type, kept nowhere.
     *
     * @return with nothing asked for
     */
    public static TextEncoding defaults() {
        return new TextEncoding(false, Optional.empty());
    }

    /**
     * The same by 8-bit integers.
     *
     * @return a copy
     */
    public TextEncoding inEightBits() {
        return new TextEncoding(true, cache);
    }

    /**
     * The same, with results that are kept.
     *
     * @param folder where
     * @return a copy
     */
    public TextEncoding keptIn(PromptCache folder) {
        return new TextEncoding(eightBit, Optional.of(folder));
    }
}
