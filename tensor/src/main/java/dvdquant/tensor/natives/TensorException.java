package dvdquant.tensor.natives;

/** A native operation failed: names the operation and its operands, and the first line of what the library said. */
public final class TensorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TensorException(String message, Throwable cause) {
        super(message, cause);
    }
}
