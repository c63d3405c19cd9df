package dvdquant.app.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Ctrl-C, on a process of its own. */
class InterruptTest {
    private static final String MODEL = Path.of(System.getProperty("project.root")).resolve("demo/tiny-wan").toString();

    @TempDir
    Path folder;

    @Test
    void leavesNoPartialFileAndExitsWith130() throws IOException, InterruptedException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(java, "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), "dvdquant.app.Main", "generate", MODEL, "-p",
                "a red circle", "--steps",
                "500", "-o", folder.resolve("clip.mp4").toString()).redirectErrorStream(true).start();
        try (var lines = process.inputReader()) {
            assertThat(lines.lines().anyMatch(line -> line.startsWith("sample 2/"))).isTrue();
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(130);
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }
}
