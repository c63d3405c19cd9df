package dvdquant.app.generate;

import dvdquant.app.CommandRun;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.RuledModel;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** What commands say and take of a model with two transformers. */
class TwoExpertsCommandTest {
    @TempDir
    static Path folder;

    private static String model;

    @BeforeAll
    static void write() {
        model = RuledModel.write("wan22-t2v-a14b", folder).toString();
    }

    private static CommandRun generate(String of, String flags) {
        var arguments = new ArrayList<>(List.of("generate", of, "-p", "a red circle", "--steps", "6", "--frames", "5",
                "--height", "64", "--width", "64", "-o", folder.resolve("clip.apng").toString()));
        if (!flags.isEmpty()) arguments.addAll(List.of(flags.split(" ")));
        return CommandRun.of(arguments.toArray(String[]::new));
    }

    @Test
    void defaultsAndWhatIsTakenAreSaidAndKept() {
        CommandRun run = generate(model, "");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("6 steps, guidance 4.0, then 3.0, boundary 0.875, seed 0")
                .containsOnlyOnce(
                        "flow shift: 5.0, by the model's scheduler, where its authors' own program takes 12.0")
                .contains("transformer's weights as F32", "transformer_2's weights as F32");
        assertThat(folder.resolve("clip.apng.json")).content().contains("\"guidance\" : 4.0", "\"guidance_2\" : 3.0",
                "\"boundary\" : 0.875", "\"flow_shift\" : 5.0", "\"flow_shift_reason\" : \"by the model's scheduler, ");
    }

    @Test
    void bothFlagsAreTaken() {
        CommandRun run = generate(model, "--guidance 5 --boundary 0.6 --flow-shift 12");
        assertThat(run.err()).contains("guidance 5.0, boundary 0.6, ", "flow shift: 12.0, as asked for");
        assertThat(generate(model, "--guidance-2 2").err()).contains("guidance 4.0, then 2.0, ");
        assertThat(folder.resolve("clip.apng.json")).content().contains("\"guidance_2\" : 2.0");
        CommandRun high = generate(model, "--boundary 1.5");
        assertThat(high.exit()).isEqualTo(2);
        assertThat(high.err()).contains("--boundary: boundary: 1.5, expected a share of the time, from 0 to 1");
    }

    @Test
    void aModelWithOneTransformerTakesNeither() {
        String demo = Golden.MODEL.toString();
        for (String flag : List.of("--guidance-2 2.0", "--boundary 0.5")) {
            CommandRun run = generate(demo, flag);
            assertThat(run.exit()).isEqualTo(2);
            assertThat(run.err()).isEqualTo("dvdquant: " + flag + ": this model has one transformer for all steps, "
                    + "expected one with two, such as Wan2.2-A14B\n");
        }
    }

    @Test
    void quantizesBothOrOne() throws IOException {
        String both = folder.resolve("both").toString();
        CommandRun run = CommandRun.of("quantize", model, "-o", both, "--link");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("dvd-quant, 40 layers", "the transformers are 0.");
        assertThat(generate(both, "").err()).contains("W4A8, the rest f32");

        String one = folder.resolve("one").toString();
        run = CommandRun.of("quantize", model, "-o", one, "--link", "--components", "transformer_2");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("dvd-quant, 20 layers", "the transformer is 0.");
        assertThat(Path.of(one, "transformer")).isSymbolicLink();
        assertThat(generate(one, "").err()).contains("transformer f32, transformer_2 W4A8, the rest f32");
        assertThat(CommandRun.of("inspect", one).out()).contains("transformer_2");

        String rest = folder.resolve("rest").toString();
        run = CommandRun.of("quantize", one, "-o", rest, "--link", "--components", "transformer");
        assertThat(run.exit()).as(run.err()).isZero();
        for (String part : List.of("transformer", "transformer_2")) {
            assertThat(Files.mismatch(Path.of(both, part, "config.json"), Path.of(rest, part, "config.json")))
                    .isEqualTo(-1);
        }
        assertThat(CommandRun.of("quantize", model, "-o", rest + "2", "--components", "vae").err())
                .contains("--components vae: 'vae' cannot be quantized, expected some of transformer, transformer_2");
    }

    @Test
    void compares() {
        String quantized = folder.resolve("compared").toString();
        assertThat(CommandRun.of("quantize", model, "-o", quantized, "--link", "-q").exit()).isZero();
        CommandRun run = CommandRun.of("compare", model, quantized, "-p", "a red circle", "--steps", "3", "--frames",
                "5",
                "--height", "64", "--width", "64", "--guidance-2", "2", "--boundary", "0.7", "-o",
                folder.resolve("report").toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(folder.resolve("report").resolve("index.html")).content().contains("4.0, then 2.0");
    }
}
