package dvdquant.app;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Ctrl-C, on a process of its own. */
class InterruptTest {
    private static final String MODEL = Path.of(System.getProperty("project.root")).resolve("demo/tiny-wan").toString();

    @TempDir
    Path folder;

    private void interrupt(Process process, String signal, int exitCode) throws IOException, InterruptedException {
        Child.signal(process, signal);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(exitCode);
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void generateLeavesNoPartialFileAndExitsWith130() throws IOException, InterruptedException {
        Process process = Child.start(List.of(), List.of("generate", MODEL, "-p", "a red circle", "--steps", "500",
                "-o", folder.resolve("clip.mp4").toString()));
        try (var lines = process.inputReader()) {
            assertThat(lines.lines().anyMatch(line -> line.startsWith("sample 2/"))).isTrue();
            interrupt(process, "-INT", 130);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aSecondRunToOnePlaceEnds() throws IOException, InterruptedException {
        List<String> arguments = List.of("generate", MODEL, "-p", "a red circle", "--steps", "500", "-o",
                folder.resolve("clip.mp4").toString());
        Process process = Child.start(List.of(), arguments);
        try (var lines = process.inputReader()) {
            assertThat(lines.lines().anyMatch(line -> line.startsWith("sample 2/"))).isTrue();
            CommandRun second = CommandRun.of(arguments.toArray(String[]::new));
            assertThat(second.exit()).isEqualTo(2);
            assertThat(second.err()).contains("process " + process.pid() + " is writing it")
                    .doesNotContain("encode 1/");
            interrupt(process, "-INT", 130);
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @CsvSource({"-INT, 130", "-TERM, 143"})
    void quantizeLeavesNoPartialFolder(String signal, int exitCode) throws IOException, InterruptedException {
        // Interpreted, so that it is still at work.
        Process process = Child.start(List.of("-Xint"),
                List.of("quantize", MODEL, "-q", "-o", folder.resolve("q4").toString()));
        try {
            while (!writesWeights()) {
                assertThat(process.isAlive()).isTrue();
                Thread.sleep(20);
            }
            interrupt(process, signal, exitCode);
        } finally {
            process.destroyForcibly();
        }
    }

    private boolean writesWeights() throws IOException {
        try (var files = Files.walk(folder)) {
            return files.anyMatch(file -> file.getFileName().toString().contains(".safetensors.partial"));
        } catch (UncheckedIOException _) {
            return false; // renamed while it was walked
        }
    }
}
