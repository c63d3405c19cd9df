package dvdquant.core.quant.activations;

import dvdquant.core.InputException;

/** Which part of a group's largest magnitude its largest code stands for: what is beyond is clipped, so that the rest has finer steps. */
public sealed interface ActivationClip {
    /** Nothing is clipped. */
    ActivationClip NONE = new Part(1);

    /**
     * The same part at all bits.
     *
     * @param part above 0, up to 1
     */
    record Part(float part) implements ActivationClip {
        /**
         * Checks that something is left.
         *
         * @throws InputException if it is not above 0 up to 1
         */
        public Part {
            if (!(part > 0 && part <= 1)) throw unreadable(Float.toString(part));
        }
    }

    /**
     * The part with the least squared error for a block of 128 rotated values (ours, without data): within 0.2 dB of the best for normal,
     * Laplace's and Student's values alike. With 5 bits and more nothing is clipped.
     */
    record LeastError() implements ActivationClip {}

    /**
     * {@return the part at so many bits}
     *
     * @param bits of the codes
     */
    default float at(int bits) {
        return switch (this) {
            case Part(float part) -> part;
            case LeastError() -> switch (bits) {
                case 2 -> 0.35f;
                case 3 -> 0.6f;
                case 4 -> 0.8f;
                default -> 1;
            };
        };
    }

    /** {@return the clip as the command line and a checkpoint write it} */
    default String text() {
        return switch (this) {
            case Part(float part) -> Float.toString(part);
            case LeastError() -> "least-error";
        };
    }

    /**
     * Undoes {@link #text}; {@code none} is {@link #NONE}.
     *
     * @param text {@code none}, {@code least-error} or a number
     * @return the clip
     * @throws InputException if it is neither a word nor a part
     * @throws InputException if it is neither a word nor a part
     */
    static ActivationClip parse(String text) {
        try {
            return switch (text) {
                case "none" -> NONE;
                case "least-error" -> new LeastError();
                default -> new Part(Float.parseFloat(text));
            };
        } catch (NumberFormatException _) {
            throw unreadable(text);
        }
    }

    private static InputException unreadable(String text) {
        return new InputException("a clip of '" + text + "', expected none, least-error, or a number above 0 up to 1");
    }
}
