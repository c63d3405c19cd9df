package dvdquant.cuda.driver;

/** A call of the driver or of the compiler failed; the message is one sentence that names the call and the library's own words. */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CudaException(String message) {
        super(message);
    }
}
