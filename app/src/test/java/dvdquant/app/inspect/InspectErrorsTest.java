package dvdquant.app.inspect;

import dvdquant.app.BrokenModel;
import dvdquant.app.CommandRun;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** {@code inspect} of a quantized model, of its errors, and of activations. */
class InspectErrorsTest {
    private static final String MODEL = Path.of(System.getProperty("project.root"), "demo/tiny-wan").toAbsolutePath()
            .toString();

    @TempDir
    static Path shared;

    private static String quantized;

    @TempDir
    Path folder;

    @BeforeAll
    static void quantize() {
        quantized = shared.resolve("q").toString();
        CommandRun run = CommandRun.of("quantize", MODEL, "-o", quantized, "--link", "-q", "--include",
                "blocks\\.[07]\\.(attn1\\.to_q|ffn\\.net\\.2)");
        assertThat(run.exit()).as(run.err()).isZero();
    }

    private static CommandRun inspect(String... arguments) {
        var all = new ArrayList<>(List.of("inspect"));
        all.addAll(List.of(arguments));
        CommandRun run = CommandRun.of(all.toArray(String[]::new));
        assertThat(run.exit()).as(run.err()).isZero();
        return run;
    }

    @Test
    void aQuantizedModelsWeightsAreThoseThatItsCodesStandFor() {
        CommandRun run = inspect(quantized);
        assertThat(run.out())
                .containsPattern("transformer +1 +\\d+ +9,098,560 +\\S+  BF16 91.* %, 4-bit 7.2 %, F32 1.6 %")
                .contains("transformer: quantized by dvd-quant: 4-bit weights, groups of 64 with integer multipliers, "
                        + "rotated in blocks of 128, rounded by bgr; activations: token-block-integer:128")
                .containsPattern(
                        "4 layers, 655,360 weights at 4\\.\\d\\d bits each, all counted; with what stays as it was "
                                + "9,098,560 at 15\\.\\d\\d: ")
                .containsPattern("attn1.to_q +2 +\\[256, 256] +131,072 +69,632 +4.25")
                .containsPattern("ffn.net.2 +2 +\\[256, 1024] +524,288");
        assertThat(inspect(quantized, "--layers").out()).contains("blocks.7.ffn.net.2").contains("blocks.0.attn1.to_q");
        JsonNode json = JsonMapper.shared().readTree(inspect(quantized, "--json").out());
        JsonNode transformer = json.get("components").get(3);
        assertThat(transformer.get("weights").longValue()).isEqualTo(9_098_560);
        assertThat(transformer.get("quantization").get("layers")).hasSize(4);
        assertThat(transformer.get("quantization").get("weight_count").longValue()).isEqualTo(655_360);
        assertThat(transformer.get("quantization").get("all_bits_a_weight").doubleValue())
                .isEqualTo(8.0 * transformer.get("bytes").longValue() / 9_098_560);
    }

    @Test
    void errorsAreShownBesideThoseOfTheStages() {
        CommandRun run = inspect("errors", quantized, "--against", MODEL, "-q");
        assertThat(run.out())
                .containsPattern("layer +count +weights +bits +stored +minmax +bounded +refined +less error")
                .containsPattern("attn1.to_q +2 +131,072 +4.25 +21.\\d\\d +20.\\d\\d +21.\\d\\d +21.\\d\\d +1\\d.\\d %")
                .containsPattern("all +4 +655,360").containsPattern("0.0 … 0.1 +10.\\d+ % +█{40}");
        JsonNode json = JsonMapper.shared().readTree(inspect("errors", quantized, "--against", MODEL, "--json").out());
        assertThat(json.get("layers")).hasSize(4);
        JsonNode total = json.get("total");
        assertThat(total.get("stored").get("db").doubleValue()).isBetween(20.8, 21.3);
        assertThat(total.get("minmax").get("db").doubleValue())
                .isLessThan(total.get("refined").get("db").doubleValue());
        assertThat(total.get("histogram").get("counts")).hasSize(total.get("histogram").get("bounds").size() + 1);
    }

    @Test
    void errorsOfAModelInFullPrecisionGoByTheFlags() {
        CommandRun run = inspect("errors", MODEL, "--weights", "3", "--group", "none", "--rotation", "none", "-q",
                "--layers");
        assertThat(run.out()).contains("3-bit weights, a step a row, not rotated").doesNotContain("stored")
                .contains("blocks.3.attn2.to_out.0")
                .containsPattern("all +80 +8,388,608 +3.\\d\\d +1\\d.\\d\\d +1\\d.\\d\\d +1\\d.\\d\\d");
    }

    @Test
    void activationsAreDrawn() throws IOException {
        Path out = folder.resolve("drawn");
        CommandRun run = inspect("activations", MODEL, "-p", "a <red> circle", "--steps", "1", "-o", out.toString());
        assertThat(run.out()).contains("Maxima of channels over 1 step; rotated in blocks of 128")
                .containsPattern("\\d  (attn|ffn)\\S+.* \\d+.\\d×");
        assertThat(out.resolve("activations.html")).content().contains("1: a &lt;red&gt; circle")
                .contains("attn1.to_q, to_k, to_v").contains("Content-Security-Policy").doesNotContain("<red>")
                .doesNotContain("src=\"").doesNotContain("href=\"http");
        JsonNode json = JsonMapper.shared().readTree(Files.readString(out.resolve("activations.json")));
        assertThat(json.get("layers")).hasSize(56);
        assertThat(json.get("layers").get(0).get("as_it_is").get("highest")).hasSize(101);
        assertThat(json.get("runs").get(0).get("l1_change").get(0).isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            inspect M --errors                     | inspect --errors: expected inspect errors PATH
            inspect M --against x --layers         | inspect --against: expected inspect errors PATH --against MODEL
            inspect M --activations -p a -o x      | inspect --activations: expected inspect activations PATH
            inspect M --weights 4                  | Unknown option: '--weights'
            inspect                                | Missing required parameter: 'PATH'
            inspect errors M --tensors             | Unknown option: '--tensors'
            inspect errors M --steps 4             | Unknown options: '--steps', '4'
            inspect errors M --against x --group 64 | --group does not go with --against
            inspect activations M -p a -o x --json | Unknown option: '--json'
            inspect errors M --weights 9           | --weights 9, expected 2 to 8
            inspect errors M --group 100           | groups of 100 columns do not divide 256 columns
            inspect errors M --rotation 512        | block of 512 does not divide 256 columns
            inspect errors M --threads 0           | --threads 0, expected 1 to 1024
            inspect errors M --against nowhere     | nowhere: expected a model folder, with transformer/config.json
            inspect activations M -o x             | expected either --prompt (-p) or --prompts, found neither
            inspect activations M -p a             | Missing required option: '--output=DIR'
            inspect activations M -p a --steps 0 -o x | --steps 0, expected 1 or more
            inspect activations M -p a -o x --rotation 512 | block of 512 does not divide 256 columns
            """)
    void flagsThatDoNotFitAreRefusedByOneSentence(String flags, String message) {
        refused(message, Arrays.stream(flags.split(" ")).map(word -> word.equals("M") ? MODEL : word).toList());
    }

    private static void refused(String message, List<String> arguments) {
        CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
        assertThat(run.exit()).as(run.err()).isEqualTo(2);
        assertThat(run.err().lines().toList()).last().asString().contains(message);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void modelsThatDoNotBelongTogetherAreRefused() throws IOException {
        refused("is in full precision, expected one that was quantized from",
                List.of("inspect", "errors", MODEL, "--against", MODEL));
        refused("is quantized, expected one in full precision", List.of("inspect", "errors", quantized));
        refused("is quantized, expected one in full precision",
                List.of("inspect", "activations", quantized, "-p", "a", "-o", folder.resolve("x").toString()));

        var other = new BrokenModel(folder.resolve("fine-tuned"));
        byte[] file = Files.readAllBytes(Path.of(MODEL, BrokenModel.TRANSFORMER));
        file[file.length - 1] ^= 1; // the last tensor's last byte
        other.delete(BrokenModel.TRANSFORMER);
        Files.write(other.folder().resolve(BrokenModel.TRANSFORMER), file);
        refused("was not quantized from",
                List.of("inspect", "errors", quantized, "--against", other.folder().toString()));

        var smaller = new BrokenModel(folder.resolve("smaller"));
        String config = Files.readString(Path.of(MODEL, "transformer/config.json"));
        smaller.delete("transformer/config.json");
        Files.writeString(smaller.folder().resolve("transformer/config.json"),
                config.replaceAll("\"num_layers\": 8", "\"num_layers\": 9"));
        refused("tensor 'blocks.8.", List.of("inspect", "errors", quantized, "--against", smaller.folder().toString()));
    }

    @Test
    void aDamagedQuantizedModelIsRefused() throws IOException {
        Path copy = folder.resolve("damaged");
        Files.createDirectories(copy.resolve("transformer"));
        for (String name : List.of("config.json", "diffusion_pytorch_model.safetensors")) {
            Files.copy(Path.of(quantized, "transformer", name), copy.resolve("transformer").resolve(name));
        }
        Path config = copy.resolve("transformer/config.json");
        String text = Files.readString(config);
        Files.writeString(config, text.replace("blocks.7.ffn.net.2", "blocks.6.ffn.net.2"));
        refused("the tensors do not fit the model", List.of("inspect", copy.resolve("transformer").toString()));
        refused("the tensors do not fit the model", List.of("inspect", "errors", copy.toString(), "--against", MODEL));
        Files.writeString(config, text.replaceFirst("\"group_size\"\\s*:\\s*64", "\"group_size\": 100"));
        refused("does not fit layer", List.of("inspect", "errors", copy.toString(), "--against", MODEL));
    }
}
