package dvdquant.core;

import java.util.Optional;

/**
 * Something the user gave cannot be used: a file, a tensor in it, a flag. The message is one sentence that names it, says what
 * was found and what was expected; the command line prints that sentence alone and exits with 2.
 */
public class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Hint hint;

    public InputException(String message) {
        super(message);
        this.hint = null;
    }

    /** @param hint what would help */
    public InputException(String message, Hint hint) {
        super(message);
        this.hint = hint;
    }

    public InputException(String message, Throwable cause) {
        super(message, cause);
        this.hint = cause instanceof InputException inner ? inner.hint : null;
    }

    /** What would help, if a program can word it better than the message. */
    public Optional<Hint> hint() {
        return Optional.ofNullable(hint);
    }
}
