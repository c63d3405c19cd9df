package dvdquant.app.generate;

import dvdquant.app.CommandRun;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** The flags of bits over the steps and of TeaCache, on the quantized demo model. */
class AccelerationFlagsTest {
    @TempDir
    static Path folder;

    private static String model;

    @BeforeAll
    static void quantize() {
        Path demo = Path.of(System.getProperty("project.root")).toAbsolutePath().resolve("demo/tiny-wan");
        model = folder.resolve("model").toString();
        assertThat(CommandRun.of("quantize", demo.toString(), "-o", model, "-q").exit()).isZero();
    }

    private static CommandRun generate(String flags) {
        var arguments = new ArrayList<>(List.of("generate", model, "-p", "a red circle", "--steps", "6", "--frames",
                "1", "--height", "64", "--width", "64", "-o", folder.resolve("clip.apng").toString()));
        if (!flags.isEmpty()) arguments.addAll(List.of(flags.split(" ")));
        return CommandRun.of(arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --activations switch --bit-schedule 488448                      | W4A4/8 by a given schedule | 488448
            --activations switch --bit-schedule both-ends                   | both-ends averaging 6.0    | 844488
            --activations switch --bit-schedule first-high --average-bits 7 | averaging 7.0              | 888884
            --activations switch --delta 0                                  | W4A4/8 by delta 0.0        | 888888
            --activations switch --delta Infinity                           | by delta Infinity          | 884448
            --activations switch --average-bits 6                           | W4A4/8 averaging 6.0       | 88
            --activations 5                                                 | W4A5 at every step         | 555555
            --activations 8 --cache teacache=100                            | TeaCache: 2 of 6 steps     | 8----8
            --activation-scales channel-token                               | W4A8 (emulated)            | 888888
            --cache teacache=100 --cache-ret-steps                          | 5 of 6 steps               | 88888-
            """)
    void saysWhatItDid(String flags, String printed, String schedule) {
        CommandRun run = generate(flags);
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains(printed).contains("sampled: " + schedule, " bits on average", " s a step");
        assertThat(folder.resolve("clip.apng.json")).content().contains("\"schedule\" : \"" + schedule,
                "\"average_bits\"", "\"changes\" : [ null, ", "\"deltas\" : [ null, null, ",
                "\"forwards_computed\"", "\"forwards_skipped\"", "\"seconds_a_step\"");
    }

    @Test
    void theDefaultIsExplainedOnceAndAChoiceIsNot() throws Exception {
        Path prompts = Files.writeString(folder.resolve("prompts.txt"), "a red circle\na blue star\n");
        CommandRun run = CommandRun.of("generate", model, "--prompts", prompts.toString(), "--steps", "1", "--frames",
                "1", "--height", "64", "--width", "64", "-o", folder.resolve("clips") + "/");
        assertThat(run.err()).containsOnlyOnce("4 are no faster on a CPU");
        CommandRun chosen = generate("--activations 16");
        assertThat(chosen.err()).doesNotContain("no faster").contains("W4A16", "12 forwards computed, 0 skipped");
    }

    @Test
    void decodingReadsNoWeightsThatCouldRestPacked() {
        CommandRun run = CommandRun.of("decode", model, "none.safetensors", "--resident", "4", "-o", "clip.mp4");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("--resident 4: decoding reads no transformer, expected without it");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --activations 9                                                | --activations 9, expected a number from 2 to 8
            --activations switch                                           | expected one of --delta, --average-bits and
            --activations 8 --average-bits 6                               | found --activations 8
            --bit-schedule alternate                                       | --bit-schedule alternate: expected --activations
            --activations switch --delta 1 --average-bits 6                | --delta and --average-bits: expected one
            --activations switch --delta 1 --bit-schedule alternate        | --delta and --bit-schedule: expected one
            --activations switch --delta -1                                | --delta: a delta of -1.0, expected a number from 0
            --activations switch --delta NaN                               | a delta of NaN, expected
            --activations switch --average-bits 9                          | --average-bits: an average of 9.0 bits, expected 4 to 8
            --activations switch --bit-schedule 48                         | bit schedule 48: 2 digits for 6 steps
            --activations switch --bit-schedule 484848 --average-bits 6    | since the digits have an average
            --activations switch --bit-schedule 468468                     | expected a digit 4 or 8 a step
            --activation-scales row                                        | --activation-scales: activation scales 'row'
            --activation-scales block:96                                   | 'block:96': layer
            --activations 16 --activation-scales token                     | expected one of them
            --cache teacache=many                                          | --cache teacache=many, expected
            --resident 5                                                   | --resident 5: expected 4 or 8
            --resident 4 --activation-scales channel-token                 | --resident: the quantized layers are emulated, with weights in F32
            """)
    void flagsThatDoNotGoTogetherEndInOneSentence(String flags, String expected) {
        CommandRun run = generate(flags + " -q");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err().strip()).hasLineCount(1).startsWith("dvdquant: ").contains(expected);
    }
}
