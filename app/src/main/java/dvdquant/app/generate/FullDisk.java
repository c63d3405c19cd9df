package dvdquant.app.generate;

import dvdquant.app.text.ProgressPrinter;
import dvdquant.core.InputException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Writing what is in memory alone, where the disk has no space for it: nothing that was computed is thrown away while the process lives. */
final class FullDisk {
    private static final long SECONDS_BETWEEN = 5;
    /** Where less is free, whatever failed did so for want of space: the system says why in the user's language. */
    private static final long AS_GOOD_AS_NOTHING = 64 << 10;

    private FullDisk() {}

    /**
     * Tries again until there is space, and says so.
     *
     * @param place where it writes
     * @throws InputException if it cannot be written for another reason
     */
    static void outwait(Path place, ProgressPrinter progress, Runnable write) {
        for (boolean said = false;; said = true) {
            try {
                write.run();
                return;
            } catch (InputException e) {
                if (!wantsSpace(e, place)) throw e;
                if (!said) {
                    progress.onWarning(e.getMessage()
                            + "; the clip is in memory, and nothing of it on disk: it is tried again every "
                            + SECONDS_BETWEEN + " seconds until there is space (Ctrl-C gives it up)");
                }
            }
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(SECONDS_BETWEEN));
        }
    }

    static boolean wantsSpace(InputException e, Path place) {
        if (Stream.iterate(e, Objects::nonNull, Throwable::getCause).noneMatch(IOException.class::isInstance)) {
            return false;
        }
        if (e.getMessage().endsWith("No space left on device") || e.getMessage().endsWith("Disk quota exceeded")) {
            return true;
        }
        try {
            Path folder = Objects.requireNonNullElse(place.toAbsolutePath().getParent(), place);
            return Files.getFileStore(folder).getUsableSpace() < AS_GOOD_AS_NOTHING;
        } catch (IOException _) {
            return false;
        }
    }
}
