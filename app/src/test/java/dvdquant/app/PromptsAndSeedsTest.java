package dvdquant.app;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Prompts and numbers mean what users think that they do. */
class PromptsAndSeedsTest {
    private static final String MODEL = Path.of(System.getProperty("project.root")).resolve("demo/tiny-wan").toString();

    @TempDir
    Path folder;

    private CommandRun generate(String name, String... flags) {
        var arguments = new ArrayList<>(List.of("generate", MODEL, "--steps", "1", "--frames", "1", "--height", "64",
                "--width", "64", "-o", folder.resolve(name).toString()));
        arguments.addAll(List.of(flags));
        return CommandRun.of(arguments.toArray(String[]::new));
    }

    /** picocli would read arguments from a file of that name. */
    @ParameterizedTest
    @ValueSource(strings = {"@%s", "@@x", "'quoted'", "\"quoted\"", "${user.home}", "$(date)", "# 1"})
    void aPromptIsLiteral(String pattern) throws IOException {
        Path file = Files.writeString(folder.resolve("sunset"), "--steps 3");
        String prompt = pattern.formatted(file);
        CommandRun run = generate("a.apng", "-p", prompt);
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(folder.resolve("a.apng.json")).content().contains(
                "\"prompt\" : \"" + prompt.replace("\"", "\\\"") + "\"", "\"steps\" : 1,");
    }

    /** torch's range, of which the CPU generator takes the low 32 bits. */
    @ParameterizedTest
    @CsvSource({"18446744073709551615, -1", "18446744073709551615, 4294967295",
            "-9223372036854775808, 9223372036854775808", "9223372036854775808, 0"})
    void seedsAreTorchs(String seed, String same) {
        assertThat(generate("a.apng", "-p", "x", "--seed", seed).exit()).isZero();
        assertThat(generate("b.apng", "-p", "x", "--seed", same).exit()).isZero();
        assertThat(folder.resolve("a.apng")).hasSameBinaryContentAs(folder.resolve("b.apng"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"18446744073709551616", "-9223372036854775809", "1e3", "0x10", ""})
    void otherSeedsAreRefused(String seed) {
        CommandRun run = generate("a.apng", "-p", "x", "--seed", seed);
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).hasLineCount(1).contains("--seed", "'" + seed + "'");
    }

    @Test
    void aNegativePromptThatNothingReadsIsSaid() {
        CommandRun run = generate("a.apng", "-q", "-p", "x", "--guidance", "1", "--negative-prompt", "red");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).hasLineCount(1).startsWith("warning: --negative-prompt is not used");
        assertThat(folder.resolve("a.apng.json")).content().doesNotContain("negative_prompt");
        assertThat(generate("b.apng", "-q", "-p", "x", "--guidance", "2", "--negative-prompt", "red").err()).isEmpty();
        assertThat(folder.resolve("b.apng.json")).content().contains("\"negative_prompt\" : \"red\"");
    }

    @Test
    void whatIsNotFiniteInF32IsNotToBeMendedByF32() {
        CommandRun run = generate("a.apng", "-p", "x", "--dtype", "f32", "--guidance", "1e39");
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).contains("not finite; a flow shift").doesNotContain("in f32 they");
    }
}
