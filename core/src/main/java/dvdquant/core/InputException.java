package dvdquant.core;

/**
 * Something the user gave cannot be used: a file, a tensor in it, a flag. The message is one sentence that names it, says what
 * was found and what was expected; the command line prints that sentence alone and exits with 2.
 */
public class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InputException(String message) {
        super(message);
    }

    public InputException(String message, Throwable cause) {
        super(message, cause);
    }
}
