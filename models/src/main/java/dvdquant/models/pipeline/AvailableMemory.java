package dvdquant.models.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** How much memory a new program could use on this machine: what Linux says is available, and no more than its control group may. */
public final class AvailableMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final Path GROUP_LIMIT = Path.of("/sys/fs/cgroup/memory.max");
    private static final Path GROUP_USE = Path.of("/sys/fs/cgroup/memory.current");
    private static final Path GROUP_STATISTICS = Path.of("/sys/fs/cgroup/memory.stat");

    private AvailableMemory() {}

    /** Bytes; where the system does not say, all that the JVM was given to know of. */
    public static long bytes() {
        OptionalLong kibibytes = lineOf(MEMINFO, "MemAvailable:");
        long free = kibibytes.isPresent() ? kibibytes.getAsLong() << 10 : Runtime.getRuntime().maxMemory();
        OptionalLong limit = number(GROUP_LIMIT);
        OptionalLong use = number(GROUP_USE);
        return limit.isPresent() && use.isPresent()
                ? Math.min(free, limit.getAsLong() - use.getAsLong() + groupCache())
                : free;
    }

    /** What files the group has read and written have of its memory, and would give back. */
    private static long groupCache() {
        return lineOf(GROUP_STATISTICS, "active_file ").orElse(0)
                + lineOf(GROUP_STATISTICS, "inactive_file ").orElse(0);
    }

    private static OptionalLong lineOf(Path file, String key) {
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(key))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", ""))).findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** Empty where the file is not there, or says "max". */
    private static OptionalLong number(Path file) {
        try {
            return OptionalLong.of(Long.parseLong(Files.readString(file).strip()));
        } catch (IOException | NumberFormatException _) {
            return OptionalLong.empty();
        }
    }
}
