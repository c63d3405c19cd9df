package dvdquant.core.safetensors;

import dvdquant.core.InputException;

import java.nio.file.Path;

/**
 * A safetensors file, its index or its folder cannot be used. The message is the path and one sentence that names the tensor or
 * byte, what was found and what was expected.
 */
public final class SafetensorsException extends InputException {
    private static final long serialVersionUID = 1L;

    /** Instead of a byte offset, where the trouble is not at one byte. */
    public static final long NO_OFFSET = -1;

    private final transient Path path;
    /** Of a byte of the file, or {@link #NO_OFFSET}. */
    private final long offset;

    SafetensorsException(Path path, long offset, String reason) {
        this(path, offset, reason, null);
    }

    SafetensorsException(Path path, long offset, String reason, Throwable cause) {
        super(path + ": " + reason, cause);
        this.path = path;
        this.offset = offset;
    }

    /**
     * The file or folder; null after serialization.
     *
     * @return what cannot be used
     */
    public Path path() {
        return path;
    }

    /**
     * The byte of the file at which the trouble shows, or {@link #NO_OFFSET}.
     *
     * @return from 0, or −1
     */
    public long offset() {
        return offset;
    }
}
