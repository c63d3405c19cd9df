package dvdquant.app;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/** A limit of memory as a container has it, for real: the process is not killed by it. Fixtures of both versions: AvailableMemoryTest. */
class ControlGroupTest {
    private static final String MODEL = Path.of(System.getProperty("project.root")).resolve("demo/tiny-wan").toString();
    private static final String LIMIT = Long.toString(900L << 20);

    @TempDir
    Path folder;

    private Path group;

    @BeforeEach
    void makeAGroup() throws IOException {
        group = inside().resolve("dvdquant-test-" + ProcessHandle.current().pid());
        boolean made = group.toFile().mkdir();
        Path limit = Files.exists(group.resolve("memory.max"))
                ? group.resolve("memory.max")
                : group.resolve("memory.limit_in_bytes");
        if (made && !Files.isWritable(limit)) group.toFile().delete();
        assumeThat(limit).as("a control group of its own can be made (by root)").isWritable();
        Files.writeString(limit, LIMIT);
    }

    /** The group that this process is in: of version 1 if memory is counted by that, else of version 2. */
    private static Path inside() throws IOException {
        Path groups = Path.of("/sys/fs/cgroup");
        List<String> lines = Files.readAllLines(Path.of("/proc/self/cgroup"));
        return lines.stream().filter(line -> line.contains(":memory:"))
                .map(line -> groups.resolve("memory" + line.substring(line.lastIndexOf(':') + 1))).findFirst()
                .orElseGet(() -> groups.resolve(lines.getLast().substring("0::/".length())));
    }

    @AfterEach
    void removeIt() {
        group.toFile().delete();
    }

    @Test
    void whatDoesNotFitIsKnownAndNotKilled() throws IOException, InterruptedException {
        Process process = Child.start(List.of(), List.of("generate", MODEL, "-p", "x", "--steps", "1", "--frames",
                "161", "--height", "480", "--width", "832", "-o", folder.resolve("clip.mp4").toString()));
        try (var lines = process.inputReader()) {
            Files.writeString(group.resolve("cgroup.procs"), Long.toString(process.pid()));
            assertThat(lines.lines()).anyMatch(line -> line.startsWith("dvdquant: not enough memory"));
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(2);
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(folder).isEmptyDirectory();
    }
}
