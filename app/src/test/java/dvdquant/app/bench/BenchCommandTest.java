package dvdquant.app.bench;

import dvdquant.app.CommandRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class BenchCommandTest {
    private static final Path MODEL = Path.of(System.getProperty("project.root"), "demo/tiny-wan");

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "bench block --like wan3 | option '--like': 'wan3' is unknown, expected wan2.1-1.3b or wan2.1-14b or wan2.1-i2v-14b or wan2.1-flf2v-14b or wan2.2-t2v-a14b or wan2.2-i2v-a14b or wan2.2-ti2v-5b or hunyuanvideo",
            "bench block --like wan2.1-1.3b --tokens 0 | --tokens 0, expected 1 or more",
            "bench block --like wan2.1-1.3b --threads 0 | --threads 0, expected 1 to 1024",
            "bench block --like wan2.1-1.3b --dtype f16 | but was 'f16'",
            "bench block | Missing required option: '--like=MODEL'",
            "bench make-checkpoint --like wan2.1-1.3b | Missing required option: '--output=DIR'",
            "bench make-checkpoint --like wan2.1-1.3b -o /tmp/x --components dit | --components dit, expected of transformer, text_encoder, vae",
            "bench make-checkpoint --like hunyuanvideo -o /tmp/x --components vae --quantized | --components vae: has nothing that is quantized, expected transformer",
            "bench make-checkpoint --like hunyuanvideo -o /tmp/x --threads 2 | --threads 2: expected --quantized with it",
            "bench block --like wan2.1-1.3b --activations 8 | --activations 8, expected --weights with it",
            "bench block --like wan2.1-1.3b --weights 9 | --weights 9, expected 2 to 8",
            "bench block --like wan2.1-1.3b --device cuda --offload | --offload: a block in full precision",
            "bench gemm --like wan2.1-1.3b | bench gemm: is a benchmark for developers, expected ./bench gemm",
            "bench loops | bench loops: is a benchmark for developers, expected ./bench loops",
            "bench steps | bench steps, expected",
            "bench block --like wan2.1-1.3b --fast | Unknown option: '--fast'",
            "bench step /no/such/model | /no/such/model/transformer: no such folder"})
    void badFlagsAreNamed(String line, String message) {
        CommandRun run = CommandRun.of(line.split(" "));
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains(message);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void stepsOfAModelAreChecked() {
        for (String[] bad : new String[][]{{"--frames", "16", "--frames 16, expected a multiple of 4 plus 1"},
                {"--height", "100", "--height 100, expected a multiple of 16"},
                {"--runs", "0", "--runs 0, expected 1 or more"},
                {"--teacache", "51/50", "--teacache 51/50, expected computed and all steps, such as 25/50"},
                {"--teacache", "half", "--teacache half, expected computed and all steps"},
                {"--activations", "8", "is in full precision, expected a quantized model"}}) {
            CommandRun run = CommandRun.of("bench", "step", MODEL.toString(), bad[0], bad[1]);
            assertThat(run.exit()).isEqualTo(2);
            assertThat(run.err()).contains(bad[2]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"block", "step"})
    void allBenchesReportABusyMachineIfAsked(String bench) {
        assertThat(CommandRun.of("bench", bench, "--help").out()).contains("--busy-ok");
    }
}
