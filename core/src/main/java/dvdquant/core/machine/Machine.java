package dvdquant.core.machine;

import java.util.List;
import java.util.Set;

/**
 * The machine that this runs on.
 *
 * @param cpu its model, as {@code /proc/cpuinfo} names it
 * @param features flags of {@code /proc/cpuinfo}, such as {@code avx512_vnni}; empty where the system does not say
 * @param cores that this process may use
 * @param memoryBytes 0 where the system does not say
 */
public record Machine(String cpu, Set<String> features, int cores, long memoryBytes) {
    public Machine {
        features = Set.copyOf(features);
    }

    public static Machine current() {
        return of(ProcFile.lines("/proc/cpuinfo"));
    }

    /** @param lines of {@code /proc/cpuinfo}; flags may be repeated, and may have more than one space between them */
    static Machine of(List<String> lines) {
        Set<String> flags = ProcFile.value(lines, "flags").map(text -> Set.copyOf(List.of(text.split("\\s+"))))
                .orElse(Set.of());
        return new Machine(ProcFile.value(lines, "model name").orElse("unknown"), flags,
                Runtime.getRuntime().availableProcessors(), ProcFile.bytes("/proc/meminfo", "MemTotal").orElse(0));
    }

    public boolean has(String feature) {
        return features.contains(feature);
    }

    /** The most memory that this process has had resident so far ({@code VmHWM}), in bytes; 0 where the system does not say. */
    public static long peakResidentBytes() {
        return ProcFile.bytes("/proc/self/status", "VmHWM").orElse(0);
    }

    /** Memory that this process has now and no file ({@code RssAnon}), in bytes; 0 where the system does not say. */
    public static long anonymousBytes() {
        return ProcFile.bytes("/proc/self/status", "RssAnon").orElse(0);
    }
}
