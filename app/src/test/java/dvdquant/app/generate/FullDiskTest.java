package dvdquant.app.generate;

import dvdquant.app.Child;
import dvdquant.core.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

class FullDiskTest {
    private static final String MODEL = Path.of(System.getProperty("project.root")).resolve("demo/tiny-wan").toString();

    @TempDir
    Path folder;

    @Test
    void tellsWantOfSpaceFromOtherFailures() {
        Path clip = folder.resolve("clip.mp4");
        assertThat(FullDisk.wantsSpace(failure("No space left on device"), clip)).isTrue();
        assertThat(FullDisk.wantsSpace(failure("Disk quota exceeded"), clip)).isTrue();
        assertThat(FullDisk.wantsSpace(failure("Input/output error"), clip)).isFalse();
        assertThat(FullDisk.wantsSpace(
                new InputException("cannot write x: permission denied", new AccessDeniedException("x")), clip))
                .isFalse();
        assertThat(FullDisk.wantsSpace(new InputException("No space left on device"), clip)).isFalse();
    }

    private static InputException failure(String reason) {
        return new InputException("cannot write x: " + reason, new IOException(reason));
    }

    /** Neither the latents nor the clip can be written, anywhere: the run waits, and ends well once there is space. */
    @Test
    void aClipIsKeptInMemoryUntilThereIsSpace() throws IOException, InterruptedException {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.toString()))
                .as("a disk of its own can be mounted (by root)").isZero();
        try {
            Path ballast = fill(disk.resolve("ballast"));
            Path clip = disk.resolve("clip.mp4");
            Process process = Child.start(List.of("-Djava.io.tmpdir=" + disk), List.of("generate", MODEL, "-p", "x",
                    "--steps", "1", "--frames", "5", "--height", "32", "--width", "32", "-o", clip.toString()));
            try (var lines = process.inputReader()) {
                assertThat(lines.lines().anyMatch(line -> line.startsWith("warning: cannot write " + clip)
                        && line.contains("until there is space"))).isTrue();
                Files.delete(ballast);
                assertThat(lines.lines().anyMatch(line -> line.startsWith("wrote " + clip))).isTrue();
                assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
                assertThat(process.exitValue()).isZero();
            } finally {
                process.destroyForcibly().waitFor();
            }
            assertThat(clip).isNotEmptyFile();
            assertThat(disk.resolve("clip.mp4.json")).isNotEmptyFile();
        } finally {
            run("umount", "-l", disk.toString());
        }
    }

    private static Path fill(Path file) throws IOException {
        try (var out = Files.newOutputStream(file)) {
            while (true) {
                out.write(new byte[1024]);
            }
        } catch (IOException _) {
            return file; // no space left
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start().waitFor();
    }
}
