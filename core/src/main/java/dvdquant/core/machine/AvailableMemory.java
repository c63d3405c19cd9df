package dvdquant.core.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** How much memory a new program could use on this machine: what Linux says is available, and no more than its control groups may. */
public final class AvailableMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final Path MEMBERSHIP = Path.of("/proc/self/cgroup");
    private static final Path GROUPS = Path.of("/sys/fs/cgroup");

    private AvailableMemory() {}

    /** Bytes; where the system does not say, all that the JVM was given to know of. */
    public static long bytes() {
        return bytes(MEMINFO, MEMBERSHIP, GROUPS);
    }

    /**
     * @param meminfo the machine's, as {@code /proc/meminfo}
     * @param membership of the process in control groups, as {@code /proc/self/cgroup}
     * @param groups the folder of all control groups
     */
    static long bytes(Path meminfo, Path membership, Path groups) {
        OptionalLong kibibytes = lineOf(meminfo, "MemAvailable:");
        long free = kibibytes.isPresent() ? kibibytes.getAsLong() << 10 : Runtime.getRuntime().maxMemory();
        return Math.min(free, ControlGroups.free(membership, groups).orElse(free));
    }

    /** Bytes that the machine has, or that its control groups may use: what no other program changes. */
    public static long totalBytes() {
        OptionalLong kibibytes = lineOf(MEMINFO, "MemTotal:");
        long total = kibibytes.isPresent() ? kibibytes.getAsLong() << 10 : Runtime.getRuntime().maxMemory();
        return Math.min(total, ControlGroups.limit(MEMBERSHIP, GROUPS).orElse(total));
    }

    /** The number in the line that begins so. */
    static OptionalLong lineOf(Path file, String key) {
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(key))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", ""))).findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
