package dvdquant.core.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** The control groups that a process is in, of version 2 or 1, each with those that it is part of: all their limits hold. */
final class ControlGroups {
    /** What the files of a version are called; and its pages of files, which the system takes back when memory is short. */
    private record Names(String limit, String use, List<String> filePages) {}

    private static final Names VERSION_2 = new Names("memory.max", "memory.current",
            List.of("active_file ", "inactive_file "));
    private static final Names VERSION_1 = new Names("memory.limit_in_bytes", "memory.usage_in_bytes",
            List.of("total_active_file ", "total_inactive_file "));
    private static final String MEMORY_1 = "memory";
    private static final String ALL_2 = "0::";

    private ControlGroups() {}

    /**
     * What the tightest group still has, pages of files counted as free; empty if none has a limit.
     *
     * @param membership of the process, as {@code /proc/self/cgroup}
     * @param root as {@code /sys/fs/cgroup}
     */
    static OptionalLong free(Path membership, Path root) {
        return least(membership, root, ControlGroups::spare);
    }

    /** The tightest limit; empty if there is none. */
    static OptionalLong limit(Path membership, Path root) {
        return least(membership, root, (group, names) -> number(group.resolve(names.limit)));
    }

    /** What a group has. */
    private interface Measure {
        OptionalLong of(Path group, Names names);
    }

    private static OptionalLong least(Path membership, Path root, Measure measure) {
        return Stream.concat(lines(membership).flatMap(line -> upwards(line, root, measure)),
                Stream.of(measure.of(root, VERSION_2))).flatMapToLong(OptionalLong::stream).min();
    }

    private static Stream<OptionalLong> upwards(String line, Path root, Measure measure) {
        if (line.startsWith(ALL_2)) return upwards(root, line.substring(ALL_2.length()), VERSION_2, measure);
        String[] parts = line.split(":", 3); // number, controllers, group
        if (parts.length < 3 || !List.of(parts[1].split(",")).contains(MEMORY_1)) return Stream.empty();
        return upwards(root.resolve(parts[1]), parts[2], VERSION_1, measure);
    }

    /** Of a group and of those around it. */
    private static Stream<OptionalLong> upwards(Path root, String group, Names names, Measure measure) {
        Path innermost = root.resolve(group.replaceFirst("^/+", "")).normalize();
        return Stream.iterate(innermost, path -> path != null && path.startsWith(root), Path::getParent)
                .map(path -> measure.of(path, names));
    }

    private static OptionalLong spare(Path group, Names names) {
        OptionalLong limit = number(group.resolve(names.limit));
        OptionalLong use = number(group.resolve(names.use));
        if (limit.isEmpty() || use.isEmpty()) return OptionalLong.empty();
        long files = names.filePages.stream()
                .mapToLong(key -> AvailableMemory.lineOf(group.resolve("memory.stat"), key).orElse(0)).sum();
        return OptionalLong.of(Math.max(0, limit.getAsLong() - Math.max(0, use.getAsLong() - files)));
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            return Stream.empty();
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
