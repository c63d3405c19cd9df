package dvdquant.core.quant.activations;

import dvdquant.core.InputException;

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

    /**
     * One scale a block of channels, shared by all tokens: PerBlock(128) → [1, 12].
     *
     * @param channels of a block, 1 or more
     */
    record PerBlock(int channels) implements ActivationScales {
        /**
         * Checks that a block has channels.
         *
         * @throws IllegalArgumentException if it has none
         */
        public PerBlock {
            requirePositive(channels);
        }
    }

    /**
     * One scale a token and block of channels: PerTokenBlock(128) → [1280, 12].
     *
     * @param channels of a block, 1 or more
     */
    record PerTokenBlock(int channels) implements ActivationScales {
        /**
         * Checks that a block has channels.
         *
         * @throws IllegalArgumentException if it has none
         */
        public PerTokenBlock {
            requirePositive(channels);
        }
    }

    /**
     * A scale s a token, and for each of its blocks of channels the step s · m / 15 with an integer m of 1 … 15:
     * PerTokenBlockInteger(128) → s [1280, 1], m [1280, 12]. code · m fits int8 and stands in for the code, so that one integer
     * product runs over all channels. Above 4 bits no multiplier fits, and it is {@link PerToken}.
     *
     * @param channels of a block, 1 or more
     */
    record PerTokenBlockInteger(int channels) implements ActivationScales {
        /** m = 15 is the whole scale. */
        public static final int WHOLE = 15;

        /**
         * Checks that a block has channels.
         *
         * @throws IllegalArgumentException if it has none
         */
        public PerTokenBlockInteger {
            requirePositive(channels);
        }
    }

    private static void requirePositive(int channels) {
        if (channels < 1) throw new IllegalArgumentException("a block of " + channels + " channels");
    }

    /** Channels of a block unless one says otherwise. */
    int BLOCK = 128;

    /**
     * Reads what {@link #text} writes, with or without the size of a block: without it, 128 channels.
     *
     * @param text such as {@code token} or {@code token-block-integer:64}
     * @return the granularity
     * @throws InputException if it is something else
     */
    static ActivationScales parse(String text) {
        String[] parts = text.split(":", 2);
        int block = parts.length == 1 ? BLOCK : block(text, parts[1]);
        ActivationScales scales = switch (parts[0]) {
            case "tensor" -> new PerTensor();
            case "token" -> new PerToken();
            case "channel" -> new PerChannel();
            case "channel-token" -> new PerChannelToken();
            case "block" -> new PerBlock(block);
            case "token-block" -> new PerTokenBlock(block);
            case "token-block-integer" -> new PerTokenBlockInteger(block);
            default -> throw unreadable(text);
        };
        if (parts.length == 2 && !scales.text().contains(":")) throw unreadable(text);
        return scales;
    }

    private static int block(String text, String channels) {
        try {
            int block = Integer.parseInt(channels);
            if (block > 0) return block;
        } catch (NumberFormatException _) {
            // reported below, with what was expected
        }
        throw unreadable(text);
    }

    private static InputException unreadable(String text) {
        return new InputException("activation scales '" + text + "', expected tensor, token, channel, channel-token, "
                + "block[:B], token-block[:B] or token-block-integer[:B]");
    }

    /** {@return the granularity as the command line and a checkpoint write it: {@code token-block-integer:128}} */
    default String text() {
        return switch (this) {
            case PerTensor() -> "tensor";
            case PerToken() -> "token";
            case PerChannel() -> "channel";
            case PerChannelToken() -> "channel-token";
            case PerBlock(int channels) -> "block:" + channels;
            case PerTokenBlock(int channels) -> "token-block:" + channels;
            case PerTokenBlockInteger(int channels) -> "token-block-integer:" + channels;
        };
    }

    /** {@return whether one integer product can run over all channels and be scaled after it} */
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
     * {@return how many blocks the channels make: 1 if there are none}
     *
     * @param channels of a token
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
