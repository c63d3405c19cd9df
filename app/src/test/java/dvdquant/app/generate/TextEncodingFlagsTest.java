package dvdquant.app.generate;

import dvdquant.app.CommandRun;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** The flags that say how prompts are encoded, and where they are kept. */
class TextEncodingFlagsTest {
    private static final String MODEL = Path.of(System.getProperty("project.root")).resolve("demo/tiny-hunyuan")
            .toString();

    @TempDir
    Path folder;

    @BeforeEach
    void writeAFile() throws IOException {
        Files.writeString(folder.resolve("file"), "a file");
    }

    private CommandRun generate(String name, String flags) {
        var arguments = new ArrayList<>(List.of("generate", MODEL, "-p", "a red ring", "--steps", "1", "--frames", "1",
                "--height", "64", "--width", "64", "-o", folder.resolve(name).toString()));
        arguments.addAll(List.of(flags.replace("FOLDER", folder.toString()).replace("MODEL", MODEL).split(" ")));
        return CommandRun.of(arguments.toArray(String[]::new));
    }

    private List<Path> kept() throws IOException {
        try (var files = Files.list(folder.resolve("kept"))) {
            return files.toList();
        }
    }

    @Test
    void aKeptPromptMakesTheSameClipUnlessItIsDamaged() throws IOException {
        CommandRun first = generate("a.apng", "--prompt-cache FOLDER/kept");
        assertThat(first.exit()).as(first.err()).isZero();
        assertThat(first.err()).contains("encode 4/4");
        assertThat(kept()).hasSize(1);

        CommandRun again = generate("b.apng", "--prompt-cache FOLDER/kept");
        assertThat(again.err()).doesNotContain("encode 4/4").doesNotContain("warning");
        assertThat(folder.resolve("b.apng")).hasSameBinaryContentAs(folder.resolve("a.apng"));

        Files.writeString(kept().getFirst(), "damaged");
        CommandRun damaged = generate("c.apng", "-q --prompt-cache FOLDER/kept");
        assertThat(damaged.exit()).isZero();
        assertThat(damaged.err()).hasLineCount(1).startsWith("warning: ").contains("is encoded anew", "FOLDER/kept"
                .replace("FOLDER", folder.toString()));
        assertThat(folder.resolve("c.apng")).hasSameBinaryContentAs(folder.resolve("a.apng"));
    }

    @Test
    void eightBitsAreSaidAndKeptApart() throws IOException {
        assertThat(generate("a.apng", "--prompt-cache FOLDER/kept").exit()).isZero();
        CommandRun eight = generate("b.apng", "--prompt-cache FOLDER/kept --text-encoder-bits 8");
        assertThat(eight.exit()).as(eight.err()).isZero();
        assertThat(eight.err()).contains("text encoder: W8A8", "encode 4/4");
        assertThat(kept()).hasSize(2);
        assertThat(folder.resolve("a.apng.json")).content().doesNotContain("W8A8");
        assertThat(folder.resolve("b.apng.json")).content().contains("\"text_encoder\" : \"W8A8\"");
        assertThat(Files.mismatch(folder.resolve("a.apng"), folder.resolve("b.apng"))).isNotNegative();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --prompt-cache FOLDER/file        | cannot make the folder FOLDER/file for encoded prompts: it exists and is not a folder
            --prompt-cache FOLDER/file/kept   | cannot make the folder FOLDER/file/kept for encoded prompts: Not a directory
            --prompt-cache MODEL/kept         | --prompt-cache MODEL/kept: it is inside the model
            --prompt-cache s3://bucket/kept   | 's3://bucket/kept' is an address, expected a path
            --text-encoder-bits 4             | --text-encoder-bits 4: expected 8
            --text-encoder-bits 16            | --text-encoder-bits 16: expected 8
            --text-encoder-bits -8            | --text-encoder-bits -8: expected 8
            --text-encoder-bits eight         | '--text-encoder-bits': 'eight' is not an int
            """)
    void otherValuesEndInOneSentence(String flags, String expected) throws IOException {
        CommandRun run = generate("clip.apng", flags + " -q");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err().strip()).hasLineCount(1).startsWith("dvdquant: ")
                .contains(expected.replace("FOLDER", folder.toString()).replace("MODEL", MODEL));
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(folder.resolve("file"));
        }
        assertThat(Path.of(MODEL, "kept")).doesNotExist();
    }
}
