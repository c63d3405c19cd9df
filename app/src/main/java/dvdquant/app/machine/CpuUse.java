package dvdquant.app.machine;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;

/**
 * How much of the processors was used up to a moment, by this process and by all: two of them tell what other programs, and
 * other virtual machines, took in between.
 *
 * @param allNanos the time that all processors have worked, or were not given to this virtual machine
 * @param ownNanos the part that was this process
 * @param wallNanos the time that has passed
 * @param known whether the system told
 */
public record CpuUse(long allNanos, long ownNanos, long wallNanos, boolean known) {
    private static final long NANOS_A_TICK = 10_000_000; // USER_HZ is 100 on every Linux that Java runs on
    // Of "cpu user nice system idle iowait irq softirq steal …": all but idle and iowait.
    private static final int[] WORKING = {1, 2, 3, 6, 7, 8};

    public static CpuUse now() {
        List<String> lines = ProcFile.lines("/proc/stat");
        String[] fields = lines.isEmpty() ? new String[0] : lines.getFirst().split(" +");
        boolean known = fields.length > 8 && fields[0].equals("cpu");
        long ticks = known ? Arrays.stream(WORKING).mapToLong(i -> Long.parseLong(fields[i])).sum() : 0;
        return new CpuUse(ticks * NANOS_A_TICK, ownCpuNanos(), System.nanoTime(), known);
    }

    private static long ownCpuNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : 0;
    }

    /** The part of the machine's processors, 0 to 1, that others took since {@code start}; 0 where the system does not say. */
    public double othersSince(CpuUse start) {
        if (!known || !start.known) return 0;
        double others = (allNanos - start.allNanos) - (ownNanos - start.ownNanos);
        double capacity = (double) (wallNanos - start.wallNanos) * Runtime.getRuntime().availableProcessors();
        return Math.clamp(others / capacity, 0, 1);
    }
}
