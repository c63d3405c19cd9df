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

    private AvailableMemory() {}

    /** Bytes; where the system does not say, all that the JVM was given to know of. */
    public static long bytes() {
        long free = lineOf(MEMINFO, "MemAvailable:").orElse(Runtime.getRuntime().maxMemory());
        OptionalLong limit = number(GROUP_LIMIT);
        OptionalLong use = number(GROUP_USE);
        return limit.isPresent() && use.isPresent() ? Math.min(free, limit.getAsLong() - use.getAsLong()) : free;
    }

    private static OptionalLong lineOf(Path file, String key) {
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(key))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10).findFirst();
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
