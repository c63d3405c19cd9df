package dvdquant.app.bench;

import dvdquant.app.CommandRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class BenchCommandTest {
    private static final Path MODEL = Path.of(System.getProperty("project.root"), "demo/tiny-wan");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "bench block --like wan3 | option '--like': 'wan3' is unknown, expected wan2.1-1.3b or wan2.1-14b",
            "bench block --like wan2.1-1.3b --tokens 0 | --tokens 0, expected 1 or more",
            "bench block --like wan2.1-1.3b --threads 0 | --threads 0, expected 1 to 1024",
            "bench block --like wan2.1-1.3b --dtype f16 | but was 'f16'",
            "bench block | Missing required option: '--like=MODEL'",
            "bench make-checkpoint --like wan2.1-1.3b | Missing required option: '--output=DIR'",
            "bench make-checkpoint --like wan2.1-1.3b -o /tmp/x --components dit | [TRANSFORMER, TEXT_ENCODER, VAE]",
            "bench block --like wan2.1-1.3b --activations 8 | --activations 8, expected --weights with it",
            "bench block --like wan2.1-1.3b --weights 9 | --weights 9, expected 2 to 8",
            "bench gemm --like wan2.1-1.3b --weights 1 | --weights 1, expected 2 to 8",
            "bench gemm --like wan2.1-1.3b --activations 5 | --activations 5, expected 4 or 8",
            "bench gemm --like wan2.1-1.3b --tokens -1 | --tokens -1, expected 1 or more",
            "bench attention | Missing required option: '--like=MODEL'",
            "bench gemm | Missing required option: '--like=MODEL'",
            "bench gemm --shape 10x20 | --shape 10x20, expected tokens x in x out",
            "bench gemm --shape 10x128x0 | --shape 10x128x0, expected tokens x in x out",
            "bench gemm --shape 10x64x16 | expected tokens x in x out, such as 4096x1536x8960: in a multiple of 128",
            "bench gemm --shape 10x128x16,axb | --shape axb, expected tokens x in x out",
            "bench gemm --shape 10x128x16 --tokens 5 | --tokens 5: expected without --shape",
            "bench gemm --shape 10x128x16 --roofline x.svg | --roofline: expected --device cuda with it",
            "bench gemm --shape 10x128x16 --device gpu | --device gpu: unknown, expected cpu, cuda or cuda:N",
            "bench gemm --shape 10x128x16 --attention int8 | --attention int8: expected --device cuda with it",
            "bench attention --like wan2.1-14b --shape 10x20x2 | --shape and --like wan2.1-14b, expected one of them",
            "bench gemm --shape 10x128x16 --device cuda --offload | --offload: a product by itself, expected layers whose",
            "bench attention --shape 10x20x2 --device cuda --offload | --offload: attention, which has no weights",
            "bench block --like wan2.1-1.3b --device cuda --offload | --offload: a block in full precision",
            "bench attention --shape 10x20 | --shape 10x20, expected tokens x keys x heads",
            "bench attention --shape 9x9x9x9x9 | --shape 9x9x9x9x9, expected tokens x keys x heads",
            "bench step /no/such/model | /no/such/model/transformer: no such folder",
            "bench encode /no/such/model | /no/such/model/text_encoder: no such folder",
            "bench encode /no/such/model --tokens 513 | --tokens 513, expected 1 to 512",
            "bench load /no/such/model | /no/such/model/transformer: no such folder"})
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
    @ValueSource(strings = {"gemm", "attention", "block", "step", "encode", "load"})
    void allBenchesReportABusyMachineIfAsked(String bench) {
        assertThat(CommandRun.of("bench", bench, "--help").out()).contains("--busy-ok");
    }

    @Test
    void loadingReportsTimeAndMemory() throws IOException {
        Path json = folder.resolve("load.json");
        CommandRun run = CommandRun.of("bench", "load", MODEL.toString(), "--dtype", "bf16", "--busy-ok", "--json",
                json.toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("0.01 billion weights", "GB/s", "VmHWM");
        assertThat(Files.readString(json)).contains("\"weights\" : 9098560", "\"bf16_bytes\" : 18197120", "\"commit\"",
                "\"cores\"", "\"cpu\"", "\"peak_resident_bytes\"", "\"others_share_of_cpu\"", "\"busy\"");
    }
}
