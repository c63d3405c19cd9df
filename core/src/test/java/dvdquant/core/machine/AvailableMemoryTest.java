package dvdquant.core.machine;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** What is available, by the files of a machine with 8 GiB to spare. */
final class AvailableMemoryTest {
    private static final long GIB = 1L << 30;

    @TempDir
    private Path group;
    private Path meminfo;

    @BeforeEach
    void machine() throws IOException {
        meminfo = Files.writeString(group.resolve("meminfo"), "MemTotal: 16777216 kB\nMemAvailable: 8388608 kB\n");
    }

    private long available(String limit, long use, long files) throws IOException {
        Files.writeString(group.resolve("memory.max"), limit + "\n");
        Files.writeString(group.resolve("memory.current"), use + "\n");
        Files.writeString(group.resolve("memory.stat"),
                "anon 1\nfile 7\nfile_mapped 5\ninactive_file " + (files - GIB) + "\nactive_file " + GIB + "\n");
        return AvailableMemory.bytes(meminfo, group.resolve("cgroup"), group);
    }

    @Test
    void withoutAGroupItIsTheMachines() {
        assertThat(AvailableMemory.bytes(meminfo, group.resolve("cgroup"), group)).isEqualTo(8 * GIB);
    }

    @Test
    void aGroupWithoutALimitTakesNothingAway() throws IOException {
        assertThat(available("max", 3 * GIB, GIB)).isEqualTo(8 * GIB);
    }

    @Test
    void pagesOfFilesAreThereToBeTakenBack() throws IOException {
        assertThat(available(String.valueOf(6 * GIB), 6 * GIB, 4 * GIB)).as("a group that has read its checkpoint")
                .isEqualTo(4 * GIB);
    }

    @Test
    void aGroupHasNoMoreThanTheMachineAndNoLessThanNothing() throws IOException {
        assertThat(available(String.valueOf(64 * GIB), GIB, GIB)).isEqualTo(8 * GIB);
        assertThat(available(String.valueOf(2 * GIB), 4 * GIB, GIB)).isZero();
    }

    @Test
    void theLimitOfAGroupAroundTheProcessHoldsToo() throws IOException {
        Path membership = Files.writeString(group.resolve("cgroup"), "0::/user.slice/run.scope\n");
        Path slice = Files.createDirectories(group.resolve("user.slice"));
        Path scope = Files.createDirectories(slice.resolve("run.scope"));
        limit(slice, "memory.max", 3 * GIB, "memory.current", GIB);
        limit(scope, "memory.max", 5 * GIB, "memory.current", GIB);
        assertThat(AvailableMemory.bytes(meminfo, membership, group)).isEqualTo(2 * GIB);
    }

    @Test
    void theFirstVersionsLimitHoldsToo() throws IOException {
        Path membership = Files.writeString(group.resolve("cgroup"), "4:memory:/job\n0::/\n");
        Path job = Files.createDirectories(group.resolve("memory/job"));
        limit(job, "memory.limit_in_bytes", 4 * GIB, "memory.usage_in_bytes", 3 * GIB);
        Files.writeString(job.resolve("memory.stat"), "active_file 5\ntotal_active_file " + GIB + "\n");
        assertThat(AvailableMemory.bytes(meminfo, membership, group)).isEqualTo(2 * GIB);
    }

    private static void limit(Path folder, String limitName, long limit, String useName, long use) throws IOException {
        Files.writeString(folder.resolve(limitName), limit + "\n");
        Files.writeString(folder.resolve(useName), use + "\n");
    }
}
