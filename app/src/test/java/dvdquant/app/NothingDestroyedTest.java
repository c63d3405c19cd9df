package dvdquant.app;

import dvdquant.core.format.Shape;
import dvdquant.models.pipeline.Latents;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/** What a user has stays as it is, whatever is given as input and output at once. */
class NothingDestroyedTest {
    private static final String MODEL = Path.of(System.getProperty("project.root")).resolve("demo/tiny-wan").toString();

    @TempDir
    Path folder;

    @BeforeEach
    void putFilesOfTheUsers() throws IOException {
        Path latents = folder.resolve("out/000.safetensors");
        new Latents(Shape.of(1, 16, 2, 8, 8), new float[16 * 2 * 8 * 8]).write(latents, Map.of());
        Files.copy(latents, folder.resolve("noise.mp4"));
        Files.writeString(folder.resolve("p.txt"), "a red circle\n");
        Files.writeString(folder.resolve("out/000.mp4.json"), "a red circle\n");
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("out"));
        Files.createLink(folder.resolve("hard.safetensors"), latents);
        Path mine = Files.createDirectory(folder.resolve("mine"));
        for (int i = 1; i <= 9; i++) {
            Files.writeString(mine.resolve("000" + i + ".png"), "a photograph");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "generate M --prompts F/p.txt -o F/out/ --save-latents F/out --init-latents F/out/000.safetensors",
            "generate M --prompts F/p.txt -o F/out/ --save-latents F/link --init-latents F/out/000.safetensors",
            "generate M -p x -o F/a.mp4 --save-latents F/hard.safetensors --init-latents F/out/000.safetensors",
            "generate M --prompts F/out/000.mp4.json -o F/link/",
            "generate M -p x -o F/noise.mp4 --init-latents F/noise.mp4",
            "generate M -p x -o F/a.mp4 --save-latents F/a.mp4.json",
            "generate M -p x -o F/frames/ --save-latents F/frames/latents.safetensors",
            "generate M -p x -o F/mine",
            "generate M -p x -o F/mine/",
            "decode M F/noise.mp4 -o F/noise.mp4",
            "decode M F/out/000.safetensors -o F/mine/",
            "compare M M -p x -o F/mine --init-latents F/mine/results.json",
            "evaluate M --prompts F/mine/index.html -o F/mine",
            "quantize M -o F/mine",
            "inspect activations M -p x -o F/mine"})
    void whatIsReadIsNotWritten(String line) throws IOException {
        Files.copy(folder.resolve("p.txt"), folder.resolve("mine/index.html"));
        Files.copy(folder.resolve("out/000.safetensors"), folder.resolve("mine/results.json"));
        Map<Path, String> before = contents();
        CommandRun run = CommandRun.of(Arrays.stream(line.split(" "))
                .map(word -> word.equals("M") ? MODEL : word.startsWith("F/") ? folder + word.substring(1) : word)
                .toArray(String[]::new));
        assertThat(run.exit()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).hasLineCount(1).doesNotContain("memory:");
        assertThat(contents()).isEqualTo(before);
    }

    /** Links followed by none; files by their bytes. */
    private Map<Path, String> contents() throws IOException {
        var contents = new HashMap<Path, String>();
        try (var files = Files.walk(folder)) {
            for (Path file : files.toList()) {
                contents.put(file, Files.isRegularFile(file) ? Arrays.toString(Files.readAllBytes(file)) : "");
            }
        }
        return contents;
    }

    @Test
    void ofALinkTheTargetIsWritten() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("clip.apng"), folder.resolve("out/real.apng"));
        CommandRun run = CommandRun.of("decode", MODEL, folder + "/out/000.safetensors", "-o", link.toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(link).isSymbolicLink();
        assertThat(folder.resolve("out/real.apng")).isNotEmptyFile();
    }

    @ParameterizedTest
    @ValueSource(strings = {"inspect M", "inspect M --json", "inspect M --tensors", "--help", "--version",
            "generate --help",
            "generate-completion", "inspect errors M"})
    void anOutputThatIsLostIsAnError(String line) throws IOException {
        assumeThat(Path.of("/dev/full")).as("a device that is always full").exists();
        var err = new StringWriter();
        try (var full = new PrintWriter(new FileOutputStream("/dev/full"))) {
            int exit = Main.run(line.replace("M", MODEL).split(" "), full, new PrintWriter(err, true));
            assertThat(exit).isEqualTo(1);
        }
        assertThat(err.toString()).contains("cannot write to standard output");
    }

    /** A run on another host that shares the folder may be at work on them; of this machine's dead, StagedPath's test tells. */
    @ParameterizedTest
    @ValueSource(strings = {"generate M -q -p x --steps 1 --frames 1 --height 64 --width 64 -o F/out/a.apng",
            "generate M -q -p x --steps 1 --frames 1 --height 64 --width 64 -o F/out/a/",
            "decode M -q F/hard.safetensors -o F/out/a.apng", "quantize M -q -o F/out/q4",
            "inspect activations M -q -p x --steps 0 -o F/out/new",
            "compare M M -q -p x --steps 1 --frames 1 --height 64 --width 64 -o F/out"})
    void whatOtherHostsHaveStagedIsLeftAndSaidAfterADay(String line) throws IOException {
        Path old = Files.createFile(folder.resolve("out/.a.apng.partial-node.12345678-7-1"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
        Path young = Files.createFile(folder.resolve("out/.a.apng.partial-node.12345678-8-1"));
        CommandRun run = CommandRun.of(line.replace("M", MODEL).replace("F/", folder + "/").split(" "));
        assertThat(run.err()).contains("warning: ", old.getFileName() + ": not written to since ",
                "by process 7 of node").doesNotContain(young.getFileName().toString());
        assertThat(old).exists();
        assertThat(young).exists();
    }
}
