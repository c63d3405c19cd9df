package dvdquant.app.compare;

import dvdquant.app.Child;
import dvdquant.app.CommandRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Ctrl-C in the middle of an evaluation, on a process of its own: the next run goes on. */
class EvaluateInterruptTest {
    private static final String MODEL = Path.of(System.getProperty("project.root")).resolve("demo/tiny-wan").toString();

    @TempDir
    Path folder;

    @Test
    void theNextRunGoesOn() throws IOException, InterruptedException {
        Path prompts = Files.writeString(folder.resolve("prompts.txt"), "a red circle\na blue star\na white ring\n");
        var evaluate = List.of("evaluate", MODEL, "--prompts", prompts.toString(), "--methods", "minmax", "--bits",
                "w4a8", "--steps", "2", "--guidance", "1", "--frames", "5", "--height", "64", "--width", "64", "-o",
                folder.resolve("report").toString());
        Process process = Child.start(List.of(), evaluate);
        try (var lines = process.inputReader()) {
            assertThat(lines.lines().anyMatch(line -> line.startsWith("clip 1/6"))).isTrue();
            Child.signal(process, "-INT");
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(130);
        assertThat(folder.resolve("report/index.html")).doesNotExist();
        try (var files = Files.walk(folder.resolve("report"))) {
            assertThat(files).noneMatch(file -> file.toString().contains(".partial-"));
        }
        CommandRun run = CommandRun.of(evaluate.toArray(String[]::new));
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).containsPattern("6 clips, [1-5] of them from an earlier run");
        assertThat(folder.resolve("report/index.html")).exists();
    }
}
