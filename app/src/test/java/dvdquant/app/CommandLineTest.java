package dvdquant.app;

import dvdquant.app.text.ShellWords;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.SafetensorsFile;
import dvdquant.models.pipeline.Latents;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.video.VideoReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** The commands as a user runs them, on the demo model, with few steps. */
class CommandLineTest {
    private static final String MODEL = Path.of(System.getProperty("project.root")).resolve("demo/tiny-wan").toString();

    @TempDir
    Path folder;

    private String out = "";
    private String err = "";

    private int run(String... arguments) {
        var outWriter = new StringWriter();
        var errWriter = new StringWriter();
        int code = Main.run(arguments, new PrintWriter(outWriter, true), new PrintWriter(errWriter, true));
        out = outWriter.toString();
        err = errWriter.toString();
        return code;
    }

    private int generate(String output, String... flags) {
        var arguments = new ArrayList<>(List.of("generate", MODEL, "--steps", "2", "--frames", "5", "-o",
                folder.resolve(output) + (output.endsWith("/") ? "/" : "")));
        arguments.addAll(List.of(flags));
        return run(arguments.toArray(String[]::new));
    }

    /** An error of the JVM is told in a line, as an exception is. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Java heap space                              | and --frames) (
            CUDA out of memory. Tried to allocate 20 GiB | and --frames), and --offload keeps the weights in
            CUDA error: out of memory: 5 bytes of the host's memory | ; without --offload the weights would be in the GPU's
            """)
    void sayingThatMemoryRanOutTakesALineAndSaysWhatHelps(String message, String remedy) {
        var errWriter = new StringWriter();
        var exhausted = new Writer() {
            @Override
            public void write(char[] text, int from, int count) {
                throw new OutOfMemoryError(message);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        int code = Main.run(new String[]{"inspect", MODEL}, new PrintWriter(exhausted, true),
                new PrintWriter(errWriter, true));
        assertThat(code).isEqualTo(1);
        assertThat(errWriter.toString()).startsWith("dvdquant: failed: " + message).contains(remedy).hasLineCount(1);
    }

    @Test
    void theSameSeedGivesTheSameBytes() throws IOException {
        assertThat(generate("a.mp4", "-p", "a red circle", "--seed", "5")).isZero();
        assertThat(generate("b.mp4", "-p", "a red circle", "--seed", "5")).isZero();
        assertThat(generate("c.mp4", "-p", "a red circle", "--seed", "6")).isZero();
        assertThat(folder.resolve("a.mp4")).hasSameBinaryContentAs(folder.resolve("b.mp4"));
        assertThat(Files.readAllBytes(folder.resolve("a.mp4")))
                .isNotEqualTo(Files.readAllBytes(folder.resolve("c.mp4")));
    }

    @Test
    void writesTheClipAndHowItWasMadeAndNothingElse() throws IOException {
        assertThat(generate("clip.webm", "-p", "a blue star", "--negative-prompt", "red", "--fps", "12")).isZero();
        assertThat(folder).isDirectoryContaining("glob:**clip.webm").isDirectoryContaining("glob:**clip.webm.json");
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(2);
        }
        assertThat(folder.resolve("clip.webm.json")).content().contains("\"prompt\" : \"a blue star\"", "\"seed\" : 0",
                "\"negative_prompt\" : \"red\"", "\"fps\" : 12", "\"commit\"", "\"arguments\"");
        assertThat(VideoReader.read(folder.resolve("clip.webm")).video().frames()).hasSize(5);
        assertThat(err).contains("memory: sample", "sample 1/2", "sample 2/2", "decode 2/2", "wrote");
    }

    @Test
    void quietPrintsNothing() {
        assertThat(generate("clip.apng", "-p", "a blue star", "-q")).isZero();
        assertThat(out + err).isEmpty();
    }

    @Test
    void decodesWithTheVaeAlone() throws IOException {
        Path alone = Files.createDirectories(folder.resolve("alone"));
        Files.copy(Path.of(MODEL, "model_index.json"), alone.resolve("model_index.json"));
        Files.createSymbolicLink(alone.resolve("vae"), Path.of(MODEL, "vae"));
        Path latents = folder.resolve("latents.safetensors");
        new Latents(Shape.of(1, 16, 1, 4, 4), new float[256]).write(latents, Map.of());

        assertThat(run("decode", alone.toString(), latents.toString(), "-o", folder.resolve("c.apng").toString()))
                .isZero();

        assertThat(err).contains("memory: decode", "the VAE's weights", "memory: available",
                "memory at its peak: decode");
    }

    @Test
    void decodesSavedLatentsToTheSameClip() {
        Path latents = folder.resolve("kept/latents.safetensors");
        assertThat(generate("a.apng", "-p", "a red circle", "--save-latents", latents.toString())).isZero();
        assertThat(run("decode", MODEL, latents.toString(), "-o", folder.resolve("b.apng").toString())).isZero();
        assertThat(folder.resolve("a.apng")).hasSameBinaryContentAs(folder.resolve("b.apng"));
        try (var file = SafetensorsFile.open(latents)) {
            assertThat(file.tensors().keySet()).containsExactly("latents");
            assertThat(file.metadata()).containsEntry("prompt", "a red circle").containsEntry("seed", "0");
        }
    }

    @Test
    void latentsOfAnotherClipStay() throws IOException {
        Path latents = folder.resolve("cat.latents.safetensors");
        assertThat(generate("cat.apng", "-p", "a red circle", "--save-latents", latents.toString())).isZero();
        byte[] saved = Files.readAllBytes(latents);
        assertThat(generate("cat.mp4", "-p", "a blue star")).isZero();
        assertThat(latents).hasBinaryContent(saved);
        assertThat(folder).isDirectoryNotContaining("glob:**latents-2*");
    }

    @Test
    void aDecodingThatFailsSaysHowToGoOn() throws IOException {
        Path clip = folder.resolve("my clip/");
        var err = new StringWriter();
        var blocking = new Writer() { // what has the clip's name comes to be a folder after all was checked
            @Override
            public void write(char[] text, int from, int count) throws IOException {
                err.write(text, from, count);
                if (err.toString().contains("sampled:")) Files.createDirectories(clip.resolve("0000.png/x"));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        int exit = Main.run(new String[]{"generate", MODEL, "-p", "a red circle", "--steps", "2", "--frames", "5",
                "--height", "64", "--width", "64", "-o", clip + "/"}, new PrintWriter(new StringWriter()),
                new PrintWriter(blocking, true));
        assertThat(exit).as(err.toString()).isNotZero();
        Path latents = folder.resolve("my clip.latents.safetensors");
        assertThat(err.toString()).contains("dvdquant decode " + ShellWords.of(MODEL) + " '" + latents + "' -o '" + clip
                + "/'");
        assertThat(latents).isNotEmptyFile();
    }

    @Test
    void initialLatentsTakeThePlaceOfTheSeedAndSetTheSize() throws IOException {
        Path noise = folder.resolve("noise.safetensors");
        var shape = Shape.of(1, 16, 2, 8, 8);
        try (var _ = TensorScope.open()) {
            var values = Tensor.randn(5, shape.dims()).toFloats();
            new Latents(shape, values).write(noise, Map.of());
        }
        assertThat(
                run("generate", MODEL, "--steps", "2", "-p", "a red circle", "--init-latents", noise.toString(), "-o",
                        folder.resolve("a.apng").toString()))
                .isZero();
        assertThat(generate("b.apng", "-p", "a red circle", "--height", "64", "--width", "64", "--seed", "5")).isZero();
        assertThat(folder.resolve("a.apng")).hasSameBinaryContentAs(folder.resolve("b.apng"));
    }

    @Test
    void generatesAClipForEachLineOfAFile() throws IOException {
        Path prompts = folder.resolve("prompts.txt");
        Files.writeString(prompts, "a red circle\n\na blue star\n");
        assertThat(generate("clips/", "--prompts", prompts.toString(), "--seed", "5")).isZero();
        assertThat(folder.resolve("clips/000.mp4")).isNotEmptyFile();
        assertThat(folder.resolve("clips/001.mp4.json")).content().contains("a blue star");
        assertThat(folder.resolve("clips/002.mp4")).doesNotExist();
        assertThat(generate("alone.mp4", "-p", "a blue star", "--seed", "5")).isZero();
        assertThat(folder.resolve("alone.mp4")).hasSameBinaryContentAs(folder.resolve("clips/001.mp4"));
    }

    @Test
    void framesGoToAFolder() {
        assertThat(generate("frames/", "-p", "a red circle")).isZero();
        assertThat(folder.resolve("frames/0004.png")).isNotEmptyFile();
        assertThat(folder.resolve("frames.json")).isNotEmptyFile();
    }

    @Test
    void warnsOfTheEndOfALongPromptThatIsCut() {
        String prompt = "a large red circle moves right " + "on a plain navy background ".repeat(120);
        assertThat(generate("clip.mp4", "-p", prompt)).isZero();
        assertThat(err).contains(
                "warning: the prompt is longer than 512 tokens; its end was cut off: \"on a plain navy background",
                "…\"");
    }

    @Test
    void helpVersionAndCompletionGoToStandardOutput() {
        assertThat(run("--help")).isZero();
        assertThat(out).contains("generate", "decode", "demo", "Exit codes");
        assertThat(run("--version")).isZero();
        assertThat(out).contains("dvdquant 0", "libtorch");
        assertThat(run("generate-completion")).isZero();
        assertThat(out).contains("complete -F");
        assertThat(run("generate", "--help")).isZero();
        assertThat(out).contains("--init-latents");
    }
}
