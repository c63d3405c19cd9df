package dvdquant.core.io;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;

import static org.assertj.core.api.Assertions.assertThat;

class LeftoverTest {
    @TempDir
    Path folder;

    @BeforeEach
    void aMachine() throws IOException {
        machine("node", "pid:[4026531836]", "boot");
    }

    private void machine(String name, String namespace, String boot) throws IOException {
        Files.createDirectories(folder.resolve("sys/kernel/random"));
        Files.createDirectories(folder.resolve("self/ns"));
        Files.writeString(folder.resolve("sys/kernel/hostname"), name + "\n");
        Files.writeString(folder.resolve("sys/kernel/random/boot_id"), boot + "\n");
        Files.deleteIfExists(folder.resolve("self/ns/pid"));
        Files.createSymbolicLink(folder.resolve("self/ns/pid"), Path.of(namespace));
    }

    private String host(String machineId) throws IOException {
        return Leftover.host(folder, Files.writeString(folder.resolve("machine-id"), machineId));
    }

    /** Machines that were copied share a name, and containers can have their host's: none may remove what another is writing. */
    @Test
    void tellsMachinesAndContainersOfOneNameApart() throws IOException {
        String machine = host("1");
        assertThat(machine).startsWith("node.");
        assertThat(host("2")).isNotEqualTo(machine);
        machine("node", "pid:[4026532500]", "boot");
        String container = host("1");
        assertThat(container).isNotEqualTo(machine);
        machine("node", "pid:[4026532501]", "boot");
        assertThat(host("1")).isNotEqualTo(container);
        machine("node", "pid:[4026532500]", "boot of another machine");
        assertThat(host("1")).as("an image may hold a machine-id").isNotEqualTo(container);
    }

    @Test
    void knowsAMachineAgainThatWasStartedAgain() throws IOException {
        String before = host("1");
        machine("node", "pid:[4026531836]", "another boot");
        assertThat(host("1")).isEqualTo(before);
    }

    @Test
    void knowsWhatNobodyHasWrittenToForLong() throws IOException {
        Path old = left(".clip.mp4.partial-other.12345678-7-1", Duration.ofDays(2));
        left(".clip.mp4.partial-other.12345678-7-2", Duration.ofHours(2));
        left(".clip.mp4", Duration.ofDays(2));
        left(".clip.partial-x-1", Duration.ofDays(2));
        assertThat(Leftover.olderThan(folder, Duration.ofDays(1))).singleElement()
                .satisfies(entry -> {
                    assertThat(entry.path()).isEqualTo(old);
                    assertThat(entry.host()).isEqualTo("other.12345678");
                    assertThat(entry.process()).isEqualTo(7);
                });
        assertThat(Leftover.olderThan(folder.resolve("nowhere"), Duration.ZERO)).isEmpty();
    }

    /** Numbers of processes are given again, after a start of the machine above all. */
    @Test
    void aProcessThatBeganLaterIsAnother() throws IOException {
        left(Leftover.hidden("q4", 1), Duration.ZERO);
        assertThat(Leftover.in(folder)).singleElement().satisfies(own -> assertThat(own.isOfTheDead()).isFalse());
        left(Leftover.hidden("q5", 1), Duration.ofDays(2));
        assertThat(Leftover.in(folder)).filteredOn(Leftover::isOfTheDead).singleElement()
                .satisfies(others -> assertThat(others.path().getFileName().toString()).startsWith(".q5."));
    }

    private Path left(String name, Duration age) throws IOException {
        Path file = Files.createFile(folder.resolve(name));
        return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    }
}
