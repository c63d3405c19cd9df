package dvdquant.spark.cluster;

import com.sun.management.OperatingSystemMXBean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** What a driver holds, and how long it takes, for tasks that do nothing: docs/cluster.md has the figures. Prints them. */
class SchedulerScaleTest {
    private static final int MILLIS = 5;
    private static final int CORES = 256;

    /** Sleeps as if it computed, and says as much as a layer's task does. */
    private record Sleep(int number, String name, String extents) implements ClusterTask<String> {
        @Override
        public String label() {
            return name;
        }

        @Override
        public String run() throws InterruptedException {
            Thread.sleep(MILLIS);
            return number + " " + extents;
        }
    }

    private static List<Sleep> tasks(int count) {
        return IntStream.range(0, count).mapToObj(i -> new Sleep(i, "transformer, blocks." + i + ".attn1.to_q",
                "blocks." + i + ".attn1.to_q.qweight file:/shared/.OUT.partial/.parts/layers-" + i + " 0 1000000"))
                .toList();
    }

    @Test
    void eachResultComesOnce() {
        runs(2_000, 16);
    }

    @Test
    @Tag("full")
    void aHundredThousand() {
        runs(10_000, CORES);
        runs(100_000, CORES);
    }

    private static void runs(int count, int cores) {
        System.setProperty("spark.master", "local[" + cores + "]");
        System.setProperty("spark.ui.enabled", "false");
        try (var cluster = Cluster.open("sleep")) {
            cluster.run("warm up", "sleep", tasks(cores), _ -> {});
            var seen = new BitSet();
            List<Sleep> tasks = tasks(count);
            System.gc();
            long before = used();
            long start = System.nanoTime();
            long cpuStart = cpuNanos();
            cluster.<String>run("sleep", "sleep", tasks, result -> {
                int number = Integer.parseInt(result.substring(0, result.indexOf(' ')));
                assertThat(seen.get(number)).as("task " + number + " before").isFalse();
                seen.set(number);
            });
            double seconds = (System.nanoTime() - start) / 1e9;
            double cpu = (cpuNanos() - cpuStart) / 1e9;
            assertThat(seen.cardinality()).isEqualTo(count);
            long peak = peak();
            System.gc();
            System.out.printf("%,d tasks of %d ms on %d cores: %.1f s, %.1f s of it of a core, %.2f ms "
                    + "a task; heap %d MB at most, %d MB before, %d MB after%n", count, MILLIS, cores, seconds, cpu,
                    1000 * cpu / count, peak >> 20, before >> 20, used() >> 20);
        } finally {
            System.clearProperty("spark.master");
            System.clearProperty("spark.ui.enabled");
        }
    }

    /** Of the driver and its executors' threads together. */
    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static long used() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** What was there just after a collection, at most: garbage does not count. */
    private static long peak() {
        return ManagementFactory.getMemoryPoolMXBeans().stream().filter(pool -> pool.getType() == MemoryType.HEAP)
                .filter(pool -> pool.getCollectionUsage() != null)
                .mapToLong(pool -> pool.getCollectionUsage().getUsed()).sum();
    }
}
