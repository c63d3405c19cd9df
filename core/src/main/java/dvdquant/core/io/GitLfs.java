package dvdquant.core.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Files that {@code git clone} leaves where Git LFS is not installed: a few lines of text in place of the contents. */
public final class GitLfs {
    /** What is said of such a file, behind its name. */
    public static final String REASON = "is a Git LFS pointer, not the file itself: fetch it by 'git lfs pull'";

    private static final byte[] BEGINNING = "version https://git-lfs.github.com/spec/"
            .getBytes(StandardCharsets.US_ASCII);
    /** A pointer is less than that, by its specification. */
    private static final long MOST_BYTES = 1024;

    private GitLfs() {}

    /** Whether a file is a pointer; false if it cannot be read. */
    public static boolean isPointer(Path file) {
        try {
            if (!Files.isRegularFile(file) || Files.size(file) >= MOST_BYTES) return false;
            try (var bytes = Files.newInputStream(file)) {
                return Arrays.equals(bytes.readNBytes(BEGINNING.length), BEGINNING);
            }
        } catch (IOException _) {
            return false;
        }
    }
}
