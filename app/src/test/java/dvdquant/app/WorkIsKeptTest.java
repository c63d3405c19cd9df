package dvdquant.app;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/** What was computed is not lost at the end. */
class WorkIsKeptTest {
    private static final String MODEL = Path.of(System.getProperty("project.root")).resolve("demo/tiny-wan").toString();

    @TempDir
    Path folder;

    private CommandRun generate(String... flags) {
        var arguments = new ArrayList<>(List.of("generate", MODEL, "--steps", "1", "--frames", "5", "--height", "64",
                "--width", "64"));
        arguments.addAll(List.of(flags));
        return CommandRun.of(arguments.toArray(String[]::new));
    }

    /** A name may have 255 bytes, and the manifest's and the latents' have more. */
    @ParameterizedTest
    @CsvSource({"a, 300", "a, 251", "字, 85", "a, 248"})
    void aNameThatIsTooLongIsKnownBeforeSampling(String letter, int count) throws IOException {
        CommandRun run = generate("-p", "x", "-o", folder.resolve(letter.repeat(count)) + ".mp4");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("File name too long").doesNotContain("sample");
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({"a, 226", "字, 75"})
    void aLongNameIsWritten(String letter, int count) {
        Path clip = folder.resolve(letter.repeat(count) + ".mp4");
        CommandRun run = generate("-q", "-p", "x", "-o", clip.toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(clip).isNotEmptyFile();
    }

    @Test
    void aPlaceWhereNobodyCanWriteIsKnownBeforeSampling() {
        CommandRun run = generate("-p", "x", "-o", "/proc/x.mp4");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("/proc").doesNotContain("sample");
    }

    @Test
    void aDiskThatIsFullForTheLatentsDoesNotStopTheClip() {
        assumeThat(Path.of("/dev/full")).as("a device that is always full").exists();
        Path clip = folder.resolve("clip.apng");
        CommandRun run = generate("-p", "a red circle", "-o", clip.toString(), "--save-latents", "/dev/full");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(clip).isNotEmptyFile();
        assertThat(folder.resolve("clip.latents.safetensors")).isNotEmptyFile();
        assertThat(run.err()).contains("warning: cannot write /dev/full: No space left on device", "the run goes on",
                "they are in " + folder.resolve("clip.latents.safetensors"));
    }

    @ParameterizedTest
    @CsvSource({"-INT, 130", "-TERM, 143"})
    void aSignalWhileDecodingSaysHowToGoOn(String signal, int exitCode) throws IOException, InterruptedException {
        Path clip = folder.resolve("clip.mp4");
        Process process = Child.start(List.of(), List.of("generate", MODEL, "-p", "a red circle", "--steps", "1",
                "--frames", "161", "--guidance", "1", "-o", clip.toString()));
        try (var lines = process.inputReader()) {
            assertThat(lines.lines().anyMatch(line -> line.startsWith("decode 1/"))).isTrue();
            Child.signal(process, signal);
            assertThat(lines.lines().anyMatch(line -> line.contains("to take up from there: dvdquant decode")
                    && line.contains("clip.latents.safetensors") && line.endsWith("-o " + clip))).isTrue();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(exitCode);
        } finally {
            process.destroyForcibly();
        }
        assertThat(folder.resolve("clip.latents.safetensors")).isNotEmptyFile();
        assertThat(clip).doesNotExist();
    }

    /** What the encoder makes of them would fill the heap. */
    @Test
    void manyLongPromptsNeedNoMemoryOfTheirOwn() throws IOException, InterruptedException {
        String words = "a large red circle moves right on a plain navy background ".repeat(40);
        Path prompts = Files.write(folder.resolve("p.txt"),
                IntStream.range(0, 240).mapToObj(i -> "circle " + i + " " + words).toList());
        Process process = Child.start(List.of("-Xmx64m"), List.of("generate", MODEL, "--prompts", prompts.toString(),
                "--steps", "1", "--frames", "1", "--height", "16", "--width", "16", "--guidance", "1", "-o",
                folder + "/clips/"));
        try (var lines = process.inputReader()) {
            assertThat(lines.lines().peek(line -> assertThat(line).doesNotContain("Java heap space"))
                    .anyMatch(line -> line.contains("wrote "))).isTrue();
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
    }
}
