package dvdquant.core;

import java.util.Optional;

/**
 * Something the user gave cannot be used: a file, a tensor in it, a flag. The message is one sentence that names it, says what
 * was found and what was expected; the command line prints that sentence alone and exits with 2.
 */
public class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Null if there is none. */
    private final Hint hint;

    /**
     * Without a hint.
     *
     * @param message one sentence
     */
    public InputException(String message) {
        super(message);
        this.hint = null;
    }

    /**
     * With a hint.
     *
     * @param message one sentence
     * @param hint what would help
     */
    public InputException(String message, Hint hint) {
        super(message);
        this.hint = hint;
    }

    /**
     * Of another failure, whose hint it takes over.
     *
     * @param message one sentence
     * @param cause what failed
     */
    public InputException(String message, Throwable cause) {
        super(message, cause);
        this.hint = cause instanceof InputException inner ? inner.hint : null;
    }

    /**
     * What would help, if a program can word it better than the message.
     *
     * @return empty if there is nothing to word
     */
    public Optional<Hint> hint() {
        return Optional.ofNullable(hint);
    }
}
