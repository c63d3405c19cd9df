package dvdquant.core.machine;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Room on a disk. */
public final class DiskSpace {
    private DiskSpace() {}

    /**
     * Bytes that may be written at a path, or at the nearest folder above it that exists.
     *
     * @throws InputException if the system does not say
     */
    public static long usableBytes(Path path) {
        Path existing = path.toAbsolutePath().normalize();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            return Files.getFileStore(existing).getUsableSpace();
        } catch (IOException e) {
            throw new InputException("cannot ask for the free space at " + existing + ": " + Reasons.of(e), e);
        }
    }

    /** @throws InputException if {@code needed} bytes are more than {@code usable} */
    public static void require(Path target, long needed, long usable) {
        if (needed <= usable) return;
        throw new InputException(String.format(Locale.ROOT,
                "not enough disk space for %s: it needs %.1f GB, and %.1f GB are free", target, needed / 1e9,
                usable / 1e9));
    }
}
