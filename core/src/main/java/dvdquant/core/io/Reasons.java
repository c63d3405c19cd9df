package dvdquant.core.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Says in words why a file operation failed. */
public final class Reasons {
    private Reasons() {}

    /** For example "permission denied", "no such file", "No space left on device"; never null or only a path. */
    public static String of(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "no such file or folder";
            case FileAlreadyExistsException _ -> "it exists and is not a folder";
            case AccessDeniedException _ -> "permission denied";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }

    /** What the cause at the bottom says, in one line. */
    public static String innermost(Throwable e) {
        Throwable last = e;
        while (last.getCause() != null && last.getCause() != last) {
            last = last.getCause();
        }
        if (last instanceof IOException io) return of(io);
        String message = last.getMessage() == null ? "" : last.getMessage().lines().findFirst().orElse("");
        return message.isBlank() ? last.getClass().getSimpleName() : message;
    }
}
