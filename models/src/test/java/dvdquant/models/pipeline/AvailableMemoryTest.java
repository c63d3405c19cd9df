package dvdquant.models.pipeline;

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
        return AvailableMemory.bytes(meminfo, group);
    }

    @Test
    void withoutAGroupItIsTheMachines() {
        assertThat(AvailableMemory.bytes(meminfo, group)).isEqualTo(8 * GIB);
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
}
