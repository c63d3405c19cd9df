package dvdquant.app.quantize;

import dvdquant.app.BrokenModel;
import dvdquant.app.CommandRun;
import dvdquant.app.Main;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class QuantizeCommandTest {
    private static final String MODEL = Path.of(System.getProperty("project.root")).toAbsolutePath()
            .resolve("demo/tiny-wan")
            .toString();

    @TempDir
    Path folder;

    private String err = "";

    private int run(String... arguments) {
        var writer = new StringWriter();
        int code = Main.run(arguments, new PrintWriter(new StringWriter()), new PrintWriter(writer, true));
        err = writer.toString();
        return code;
    }

    @Test
    void quantizesAndGenerates() {
        String quantized = folder.resolve("q4").toString();
        assertThat(run("quantize", MODEL, "-o", quantized, "--link")).as(err).isZero();
        assertThat(err).contains("wrote " + quantized + ": dvd-quant, 80 layers, 8,388,608 weights at 4.2");
        assertThat(folder.resolve("q4/vae")).isSymbolicLink();
        assertThat(folder.resolve("q4/quantize.json")).content().contains("\"arguments\" : \"quantize " + MODEL,
                "\"commit\" : ", "\"method\" : \"dvd-quant\"").doesNotContain("calibration");
        assertThat(run("generate", quantized, "-p", "a red circle", "--steps", "1", "--frames", "5", "--activations",
                "4", "-o",
                folder.resolve("clip.mp4").toString())).as(err).isZero();
        assertThat(err).contains("W4A4");
        assertThat(folder.resolve("clip.mp4.json")).content().contains("\"quantization\" : \"W4A4\"");
    }

    @Test
    void aManifestOfTheModelIsNotWrittenThroughALink() throws IOException {
        Path model = new BrokenModel(folder.resolve("model")).folder();
        Path manifest = Files.writeString(model.resolve("quantize.json"), "the user's own");
        assertThat(run("quantize", model.toString(), "-o", folder.resolve("q4").toString(), "--link", "-q")).as(err)
                .isZero();
        assertThat(manifest).hasContent("the user's own");
        assertThat(folder.resolve("q4/quantize.json")).isRegularFile().content().contains("\"method\" : \"dvd-quant\"");
    }

    @Test
    void refusesALayerListThatIsNotTheModels() throws IOException {
        String quantized = folder.resolve("q4").toString();
        assertThat(run("quantize", MODEL, "-o", quantized, "--link", "-q")).as(err).isZero();
        Path config = folder.resolve("q4/transformer/config.json");
        String text = Files.readString(config);
        Files.writeString(config, text.replace("\"layers\" : [ ", "\"layers\" : [ \"blocks.99.attn1.to_q\", "));
        assertThat(run("inspect", "errors", quantized, "--against", MODEL)).isEqualTo(2);
        assertThat(err).contains("config.json: \"quantization_config\" lists layer 'blocks.99.attn1.to_q', expected");
        Files.writeString(config, text.replace("\"layers\" : [ ", "\"layers\" : [ \"blocks.0.attn1.to_q\", "));
        assertThat(run("inspect", quantized)).isEqualTo(2);
        assertThat(err).contains("'blocks.0.attn1.to_q' is there twice");
    }

    @Test
    void refusesAFolderInsideTheModel() throws IOException {
        Path model = new BrokenModel(folder.resolve("model")).folder();
        assertThat(run("quantize", model.toString(), "-o", model.resolve("new/4bit").toString())).isEqualTo(2);
        assertThat(err).contains("4bit: it is inside the model").hasLineCount(1);
        assertThat(model.resolve("new")).doesNotExist();
    }

    @Test
    void refusesANanWhereNothingIsQuantized() throws IOException {
        var model = new BrokenModel(folder.resolve("model"));
        model.patch(BrokenModel.TRANSFORMER, "blocks.3.norm2.weight", (byte) 0, (byte) 0, (byte) 0xc0, (byte) 0x7f);
        String out = folder.resolve("out").toString();
        assertThat(run("quantize", model.folder().toString(), "-o", out, "--link", "-q")).isEqualTo(2);
        assertThat(err).contains("tensor 'blocks.3.norm2.weight' holds a NaN or Inf at element 0").hasLineCount(1);
        assertThat(Path.of(out)).doesNotExist();
    }

    @Test
    void calibratesAMethodThatNeedsIt() throws IOException {
        Path prompts = Files.writeString(folder.resolve("prompts.txt"), "a small green star spins in place\n");
        String quantized = folder.resolve("sq").toString();
        assertThat(run("quantize", MODEL, "-o", quantized, "--link", "--method", "smoothquant", "--weights", "6",
                "--calibration-prompts", prompts.toString())).as(err).isZero();
        assertThat(err).contains("calibrating with 1 prompts", "calibrated in ", "smoothquant, 80 layers");
        assertThat(folder.resolve("sq/transformer/config.json")).content().contains("\"method\" : \"smoothquant\"",
                "\"scales\" : \"token\"", "\"smoothing\" : 0.5");
        assertThat(folder.resolve("sq/quantize.json")).content().contains("a small green star", "\"seconds\" : ");
    }

    @Test
    void saysWhatIsEmulated() {
        String quantized = folder.resolve("paper").toString();
        assertThat(run("quantize", MODEL, "-o", quantized, "--link", "--method", "dvd-quant-paper")).as(err).isZero();
        assertThat(err).contains(": dvd-quant-paper (emulated), 80 layers");
        assertThat(CommandRun.of("inspect", quantized).out()).contains("; emulated, for no integer product can run it");
        assertThat(CommandRun.of("quantize", MODEL, "-o", folder.resolve("ours").toString(), "--link").err())
                .contains(": dvd-quant, 80 layers");
    }

    @Test
    void quantizesTheModulationOfHunyuanVideo() {
        String model = Path.of(MODEL).resolveSibling("tiny-hunyuan").toString();
        String quantized = folder.resolve("hunyuan").toString();
        assertThat(run("quantize", model, "-o", quantized, "--link", "--modulation", "8")).as(err).isZero();
        assertThat(err).contains(": dvd-quant, 52 layers");
        assertThat(folder.resolve("hunyuan/transformer/config.json")).content().contains("\"activations\" : \"16\"",
                "single_transformer_blocks.3.norm.linear");
        assertThat(CommandRun.of("inspect", "errors", quantized, "--against", model).out())
                .contains("norm1_context.linear", "single_norm.linear",
                        "single_proj_out");
        assertThat(run("generate", quantized, "-p", "a red circle", "--steps", "1", "--frames", "5", "-o",
                folder.resolve("clip.mp4").toString())).as(err).isZero();
        assertThat(run("quantize", model, "-o", folder.resolve("no").toString(), "--modulation", "6")).isEqualTo(2);
        assertThat(err).contains("--modulation: modulation at 6 bits, expected 4, 8 or 16").hasLineCount(1);
    }

    @Test
    void looksForErrorsBeforeItCalibrates() throws IOException {
        Path prompts = Files.writeString(folder.resolve("prompts.txt"), "a small green star spins in place\n");
        Path there = Files.writeString(Files.createDirectory(folder.resolve("there")).resolve("thesis.txt"), "");
        var smoothed = List.of("quantize", MODEL, "--method", "smoothquant", "--calibration-prompts",
                prompts.toString(), "-o");
        for (var flags : List.of(List.of(there.getParent().toString()), List.of("out", "--rotation", "512"),
                List.of("out", "--include", "nothing"))) {
            var arguments = new ArrayList<>(smoothed);
            arguments.addAll(flags);
            arguments.replaceAll(argument -> argument.equals("out") ? folder.resolve("out").toString() : argument);
            assertThat(run(arguments.toArray(String[]::new))).isEqualTo(2);
            assertThat(err.strip()).hasLineCount(1).startsWith("dvdquant: ");
        }
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(prompts, there.getParent());
        }
    }

    @Test
    void changesRoundingAndGroupsTogether() throws IOException {
        assertThat(run("quantize", MODEL, "-o", folder.resolve("a").toString(), "--link", "-q", "--method", "quarot",
                "--rounding", "bgr", "--group", "64")).as(err).isZero();
        assertThat(folder.resolve("a/transformer/config.json")).content().contains("\"group_size\" : 64",
                "\"rounding\" : \"bgr\"");
        assertThat(run("quantize", MODEL, "-o", folder.resolve("b").toString(), "--link", "-q", "--rounding", "clip",
                "--group", "none")).as(err).isZero();
        assertThat(folder.resolve("b/transformer/config.json")).content().contains("\"rounding\" : \"clip\"");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --weights 1               | --weights 1, expected 2 to 8
            --weights nine            | 'nine'
            --weights 8 --group 64    | --group 64: at 8 bits groups can have no multiplier
            --low-rank -1             | --low-rank: a low-rank branch of rank -1, expected 0 or more
            --group 0                 | --group 0, expected none, a number of columns or free[:N]
            --group free:x            | --group free:x, expected none, a number of columns or free[:N]
            --method gptq             | 'gptq' is unknown, expected one of minmax, smoothquant, quarot
            --method svdquant         | --method svdquant, smoothing by 0.5: expected --calibration-prompts FILE
            --calibration-prompts x   | dvd-quant needs no calibration
            --activation-scales row   | --activation-scales: activation scales 'row', expected tensor
            --activation-scales block:96 | blocks of 96 channels do not divide 256 channels
            --calibration-size 9x9x9  | --calibration-size: dvd-quant needs no calibration
            --method svdquant --calibration-prompts x --calibration-size 9x9 | --calibration-size 9x9, expected WIDTHxHEIGHTxFRAMES
            --calibration-steps 5     | --calibration-steps: dvd-quant needs no calibration
            --smoothing half          | --smoothing half, expected none or an exponent from 0 to 1
            --smoothing 2             | --smoothing: a smoothing exponent of 2.0, expected 0 to 1
            --smoothing 0.5           | --method dvd-quant, smoothing by 0.5: expected --calibration-prompts FILE
            --modulation 4            | --modulation: modulation at 4 bits: that of this model is small and stays as it is
            --rounding clip           | rounding 'clip' is for rows
            --group 100               | groups of 100 columns do not divide 256 columns
            --rotation 96             | --rotation 96, expected none, full or a power of two
            --rotation 512            | 512
            --rounding gptq           | 'gptq'
            --threads 0               | --threads 0, expected 1 to 1024
            --include (               | --include '(': not a regular expression
            --include nothing         | transformer: no layer's name is matched by 'nothing', expected a pattern for the whole name
            --include scale_shift.*   | no layer's name is matched by 'scale_shift.*'
            --exclude ffn             | no layer's name is matched by 'ffn'
            --exclude .*              | no layer is selected
            """)
    void badInputEndsInOneSentence(String flags, String expected) throws IOException {
        var arguments = new ArrayList<>(List.of("quantize", MODEL, "-o", folder.resolve("out").toString(), "-q"));
        arguments.addAll(List.of(flags.split(" ")));
        assertThat(run(arguments.toArray(String[]::new))).isEqualTo(2);
        assertThat(err.strip()).hasLineCount(1).startsWith("dvdquant: ").contains(expected);
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }
}
