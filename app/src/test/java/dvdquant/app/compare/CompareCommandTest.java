package dvdquant.app.compare;

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

/** Two models side by side, in two steps; and what can be wrong with a report's flags. */
class CompareCommandTest {
    private static final String MODEL = Path.of(System.getProperty("project.root")).toAbsolutePath()
            .resolve("demo/tiny-wan").toString();

    @TempDir
    static Path models;

    @TempDir
    Path folder;

    private String quantized;

    @BeforeEach
    void quantize() {
        quantized = models.resolve("w4").toString();
        if (Files.exists(models.resolve("w4"))) return;
        assertThat(CommandRun.of("quantize", MODEL, "-o", quantized, "--link", "-q").exit()).isZero();
    }

    private CommandRun run(String command, String... flags) {
        var arguments = new ArrayList<>(List.of(command.split(" ")));
        arguments.addAll(List.of("--steps", "2", "--frames", "5", "--height", "64", "--width", "64", "-o",
                folder.resolve("report").toString()));
        arguments.addAll(List.of(flags));
        return CommandRun.of(arguments.toArray(String[]::new));
    }

    @Test
    void comparesAModelWithItsQuantizedForm() {
        CommandRun run = run("compare " + MODEL + " " + quantized, "-p", "a red circle", "--activations", "4");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).doesNotContain("activations at");
        assertThat(run.out()).contains("full precision", "W4A4 dvd-quant", "Latents", "PSNR",
                "the report is in " + folder.resolve("report/index.html"));
        assertThat(folder.resolve("report/index.html")).content().contains("a red circle", "W4A4 dvd-quant");
    }

    @Test
    void comparesAModelWithItselfSkippingSteps() throws IOException {
        // a caption that the judge could read, of a clip too small for it
        Path prompts = Files.writeString(folder.resolve("p.txt"),
                "a small red circle grows on a plain navy background\na blue star\n");
        CommandRun run = run("compare " + MODEL + " " + MODEL, "--prompts", prompts.toString(), "--cache",
                "teacache=0.5");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).containsOnlyOnce("2 of 2 steps are computed: xx").doesNotContain("activations at");
        assertThat(run.out()).contains("with TeaCache", "Steps skipped");
    }

    @Test
    void saysOnceWhyActivationsHaveEightBits() throws IOException {
        Path prompts = Files.writeString(folder.resolve("p.txt"), "a red circle\na blue star\n");
        String command = "compare " + MODEL + " " + quantized + " --prompts " + prompts;
        CommandRun run = run(command);
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).containsOnlyOnce("activations at 8 bits, since 4 are no faster on a CPU");
        assertThat(run(command, "-q").err()).isEmpty();
    }

    @Test
    void equalLatentsHaveNoDecibels() {
        CommandRun run = run("compare " + MODEL + " " + MODEL, "-p", "a red circle");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(folder.resolve("report/index.html")).content().contains("candidate (equal)")
                .doesNotContain("Infinity");
        assertThat(folder.resolve("report/results.csv")).content().doesNotContain("Infinity", "NaN");
        assertThat(folder.resolve("report/results.json")).content().doesNotContain("Infinity", "NaN");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            compare MODEL QUANTIZED                                    | expected either --prompt (-p) or --prompts, found neither
            compare MODEL QUANTIZED -p x --prompts P                   | found both
            compare QUANTIZED MODEL -p x                               | this model is quantized, expected one in full precision
            compare MODEL nowhere -p x                                 | nowhere: no such folder
            compare MODEL MODEL -p x --activations 4                   | this model is in full precision
            compare MODEL QUANTIZED -p x --lpips none                  | --lpips none: no such file
            compare MODEL QUANTIZED -p x --seed 1.5                    | --seed
            evaluate MODEL --prompts none.txt                          | cannot read none.txt
            evaluate MODEL --prompts EMPTY --methods minmax            | holds no prompt
            evaluate MODEL --prompts P --methods gptq                  | --methods gptq: 'gptq' is no method, expected all, or some of minmax,
            evaluate MODEL --prompts P --methods minmax,minmax         | minmax twice
            evaluate MODEL --prompts P --methods minmax --bits w4a6    | only dvd-quant and dvd-quant-paper switch bits
            evaluate MODEL --prompts P --methods minmax --bits w4      | --bits w4: 'w4', expected
            evaluate MODEL --prompts P                                 | smoothquant needs to see activations, expected --calibration-prompts
            evaluate MODEL --prompts P --methods minmax --samples 0    | --samples 0, expected 1 or more
            evaluate MODEL --prompts TWICE --methods minmax            | holds "a red circle" twice
            compare MODEL QUANTIZED --prompts TWICE                    | holds "a red circle" twice
            evaluate MODEL --prompts P --samples 2 --init-latents n    | --samples 2 and --init-latents: expected one of them
            evaluate MODEL --prompts P --methods minmax --show -1      | --show -1, expected 0 or more
            evaluate MODEL --prompts P --methods minmax --judge        | --judge: it knows clips of 17 frames of 128×128 only, these are of 5 frames of 64×64
            evaluate MODEL --prompts SLASH --methods minmax --export-vbench v | "a/b" cannot be a file's name
            """)
    void badInputEndsInOneSentence(String command, String expected) throws IOException {
        Path prompts = Files.writeString(folder.resolve("p.txt"), "a red circle\n");
        Path empty = Files.writeString(folder.resolve("empty.txt"), "\n");
        Path twice = Files.writeString(folder.resolve("twice.txt"), "a red circle\n\na red circle\n");
        Path slash = Files.writeString(folder.resolve("slash.txt"), "a/b\n");
        CommandRun run = run(command.replace("MODEL", MODEL).replace("QUANTIZED", quantized)
                .replace("EMPTY", empty.toString()).replace("SLASH", slash.toString())
                .replace("TWICE", twice.toString())
                .replaceAll("\\bP\\b", prompts.toString()));
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err().strip()).hasLineCount(1).startsWith("dvdquant: ").contains(expected);
        assertThat(run.out()).isEmpty();
        assertThat(folder.resolve("report")).doesNotExist();
    }

    @Test
    void leavesAFolderOfOthersAlone() throws IOException {
        Path thesis = Files.writeString(Files.createDirectory(folder.resolve("report")).resolve("thesis.txt"), "");
        CommandRun run = run("compare " + MODEL + " " + quantized, "-p", "x");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("holds thesis.txt, expected an empty folder or one with an earlier report");
        assertThat(thesis.resolveSibling("work")).doesNotExist();
    }
}
