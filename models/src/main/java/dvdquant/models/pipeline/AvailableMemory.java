package dvdquant.models.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** How much memory a new program could use on this machine: what Linux says is available, and no more than its control group may. */
public final class AvailableMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final Path GROUP = Path.of("/sys/fs/cgroup");
    /** Pages of files, which the system takes back when memory is short: those of a checkpoint are here once it has been read. */
    private static final List<String> FILE_PAGES = List.of("active_file ", "inactive_file ");

    private AvailableMemory() {}

    /** Bytes; where the system does not say, all that the JVM was given to know of. */
    public static long bytes() {
        return bytes(MEMINFO, GROUP);
    }

    /**
     * @param meminfo the machine's, as {@code /proc/meminfo}
     * @param group the folder of a control group, version 2
     */
    static long bytes(Path meminfo, Path group) {
        OptionalLong kibibytes = lineOf(meminfo, "MemAvailable:");
        long free = kibibytes.isPresent() ? kibibytes.getAsLong() << 10 : Runtime.getRuntime().maxMemory();
        OptionalLong limit = number(group.resolve("memory.max"));
        OptionalLong use = number(group.resolve("memory.current"));
        if (limit.isEmpty() || use.isEmpty()) return free;
        long files = FILE_PAGES.stream().mapToLong(key -> lineOf(group.resolve("memory.stat"), key).orElse(0)).sum();
        return Math.clamp(limit.getAsLong() - use.getAsLong() + files, 0, free);
    }

    /** Bytes that the machine has, or that its control group may use: what no other program changes. */
    public static long totalBytes() {
        return totalBytes(MEMINFO, GROUP);
    }

    static long totalBytes(Path meminfo, Path group) {
        OptionalLong kibibytes = lineOf(meminfo, "MemTotal:");
        long total = kibibytes.isPresent() ? kibibytes.getAsLong() << 10 : Runtime.getRuntime().maxMemory();
        return Math.min(total, number(group.resolve("memory.max")).orElse(total));
    }

    /** The number in the line that begins so. */
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
