package dvdquant.core.quant;

/**
 * Which activations share a scale. Each is explained for activations [tokens, channels], here [1280, 1536]. Codes are symmetric: a
 * value is scale · code, without a zero point.
 *
 * <p>Source: DVD-Quant §3.2 (ARQ); {@link PerTokenBlockInteger} is ours.
 */
public sealed interface ActivationScales {
    /** One scale: [1]. */
    record PerTensor() implements ActivationScales {}

    /** One scale a token: [1280, 1]. */
    record PerToken() implements ActivationScales {}

    /** One scale a channel, shared by all tokens: [1, 1536]. No integer product can run it. */
    record PerChannel() implements ActivationScales {}

    /**
     * The paper's formula: X̂ = Q(X Λ⁻¹), Λ the largest magnitude of each channel, Q with a scale a token: [1, 1536] and [1280, 1].
     * No integer product can run it.
     */
    record PerChannelToken() implements ActivationScales {}

    /** One scale a block of channels, shared by all tokens: PerBlock(128) → [1, 12]. */
    record PerBlock(int channels) implements ActivationScales {
        public PerBlock {
            requirePositive(channels);
        }
    }

    /** One scale a token and block of channels: PerTokenBlock(128) → [1280, 12]. */
    record PerTokenBlock(int channels) implements ActivationScales {
        public PerTokenBlock {
            requirePositive(channels);
        }
    }

    /**
     * A scale s a token, and for each of its blocks of channels the step s · m / 15 with an integer m of 1 … 15:
     * PerTokenBlockInteger(128) → s [1280, 1], m [1280, 12]. code · m fits int8 and stands in for the code, so that one integer
     * product runs over all channels. Above 4 bits no multiplier fits, and it is {@link PerToken}.
     */
    record PerTokenBlockInteger(int channels) implements ActivationScales {
        /** m = 15 is the whole scale. */
        public static final int WHOLE = 15;

        public PerTokenBlockInteger {
            requirePositive(channels);
        }
    }

    private static void requirePositive(int channels) {
        if (channels < 1) throw new IllegalArgumentException("a block of " + channels + " channels");
    }

    /** Whether one integer product can run over all channels and be scaled after it. */
    default boolean isInteger() {
        return switch (this) {
            case PerTensor() -> true;
            case PerToken() -> true;
            case PerTokenBlockInteger(_) -> true;
            case PerChannel() -> false;
            case PerChannelToken() -> false;
            case PerBlock(_) -> false;
            case PerTokenBlock(_) -> false;
        };
    }

    /**
     * How many blocks the channels make: 1 if there are none.
     *
     * @throws IllegalArgumentException if a block does not divide them; the message names both sizes
     */
    default int blocksOf(int channels) {
        int block = switch (this) {
            case PerTensor() -> channels;
            case PerToken() -> channels;
            case PerChannel() -> channels;
            case PerChannelToken() -> channels;
            case PerBlock(int size) -> size;
            case PerTokenBlock(int size) -> size;
            case PerTokenBlockInteger(int size) -> size;
        };
        if (channels % block != 0) {
            throw new IllegalArgumentException(
                    "blocks of " + block + " channels do not divide " + channels + " channels");
        }
        return channels / block;
    }
}
