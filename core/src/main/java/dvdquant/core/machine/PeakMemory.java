package dvdquant.core.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The most memory that this process has had resident since the count was begun anew. */
public final class PeakMemory {
    // proc_pid_clear_refs(5): 5 resets the peak of the resident set.
    private static final Path RESET = Path.of("/proc/self/clear_refs");

    private final boolean known;

    private PeakMemory(boolean known) {
        this.known = known;
    }

    /** Begins anew, where the system allows it. */
    public static PeakMemory begin() {
        System.gc();
        FreedMemory.giveBack(); // else memory of an earlier model counts for a later one
        try {
            Files.writeString(RESET, "5");
            return new PeakMemory(true);
        } catch (IOException e) {
            return new PeakMemory(false);
        }
    }

    /** In bytes; 0 where the system does not say: a peak of what ran before would be no answer. */
    public long bytes() {
        return known ? Machine.peakResidentBytes() : 0;
    }
}
