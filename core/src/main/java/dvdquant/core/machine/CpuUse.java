package dvdquant.core.machine;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How much of the cores that this process may run on was used up to a moment, by it and by all: two of them tell what other
 * programs, and other virtual machines, took in between. What others do on other cores is no matter of ours.
 *
 * @param cores their numbers; empty where the system does not say
 * @param allNanos the time that all of them have worked, or were not given to this virtual machine
 * @param ownNanos the part that was this process
 * @param wallNanos the time that has passed
 */
public record CpuUse(Set<Integer> cores, long allNanos, long ownNanos, long wallNanos) {
    private static final long NANOS_A_TICK = 10_000_000; // USER_HZ is 100 on every Linux that Java runs on
    // Of "cpu0 user nice system idle iowait irq softirq steal …": all but idle and iowait.
    private static final int[] WORKING = {1, 2, 3, 6, 7, 8};
    private static final Pattern CORE = Pattern.compile("cpu(\\d+)( \\d+){8,}");
    private static final Pattern LIST = Pattern.compile("\\d+(-\\d+)?(,\\d+(-\\d+)?)*");

    public CpuUse {
        cores = Set.copyOf(cores);
    }

    public static CpuUse now() {
        Set<Integer> allowed = ProcFile.value(ProcFile.lines("/proc/self/status"), "Cpus_allowed_list")
                .map(CpuUse::numbers).orElse(Set.of());
        return of(ProcFile.lines("/proc/stat"), allowed, ownCpuNanos(), System.nanoTime());
    }

    /** @param stat lines of {@code /proc/stat} */
    static CpuUse of(List<String> stat, Set<Integer> allowed, long ownNanos, long wallNanos) {
        List<String[]> lines = stat.stream().filter(line -> CORE.matcher(line).matches()).map(line -> line.split(" "))
                .filter(fields -> allowed.contains(number(fields))).toList();
        long ticks = lines.stream()
                .mapToLong(fields -> IntStream.of(WORKING).mapToLong(i -> Long.parseLong(fields[i])).sum()).sum();
        return new CpuUse(lines.stream().map(CpuUse::number).collect(Collectors.toSet()), ticks * NANOS_A_TICK,
                ownNanos, wallNanos);
    }

    private static Integer number(String[] fields) {
        return Integer.valueOf(fields[0].substring("cpu".length()));
    }

    /** Of a list such as {@code 0-3,8}; empty if it is none. */
    static Set<Integer> numbers(String list) {
        if (!LIST.matcher(list).matches()) return Set.of();
        return Stream.of(list.split(",")).map(range -> range.split("-"))
                .flatMap(ends -> IntStream
                        .rangeClosed(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1])).boxed())
                .collect(Collectors.toSet());
    }

    private static long ownCpuNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : 0;
    }

    /**
     * The part of the cores, 0 to 1, that others took since {@code start}; 0 where the system does not say, or the process was sent to
     * other cores meanwhile.
     */
    public double othersSince(CpuUse start) {
        if (cores.isEmpty() || !cores.equals(start.cores)) return 0;
        double others = (allNanos - start.allNanos) - (ownNanos - start.ownNanos);
        double capacity = (double) (wallNanos - start.wallNanos) * cores.size();
        return Math.clamp(others / capacity, 0, 1);
    }
}
