package dvdquant.benchmarks;

import dvdquant.app.CommandRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class BenchTest {
    private static final Path MODEL = Path.of(System.getProperty("project.root"), "demo/tiny-wan");

    @TempDir
    Path folder;

    private static CommandRun bench(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int exit = Bench.run(arguments, new PrintWriter(out, true), new PrintWriter(err, true));
        return new CommandRun(exit, out.toString(), err.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "gemm --like wan2.1-1.3b --weights 1 | --weights 1, expected 2 to 8",
            "gemm --like wan2.1-1.3b --activations 5 | --activations 5, expected 4 or 8",
            "gemm --like wan2.1-1.3b --tokens -1 | --tokens -1, expected 1 or more",
            "attention | Missing required option: '--like=MODEL'",
            "gemm | Missing required option: '--like=MODEL'",
            "gemm --shape 10x20 | --shape 10x20, expected tokens x in x out",
            "gemm --shape 10x128x0 | --shape 10x128x0, expected tokens x in x out",
            "gemm --shape 10x64x16 | expected tokens x in x out, such as 4096x1536x8960: in a multiple of 128",
            "gemm --shape 10x128x16,axb | --shape axb, expected tokens x in x out",
            "gemm --shape 10x128x16 --tokens 5 | --tokens 5: expected without --shape",
            "gemm --shape 10x128x16 --roofline x.svg | --roofline: expected --device cuda with it",
            "gemm --shape 10x128x16 --device gpu | --device gpu: unknown, expected cpu, cuda or cuda:N",
            "gemm --shape 10x128x16 --attention int8 | --attention int8: expected --device cuda with it",
            "attention --like wan2.1-14b --shape 10x20x2 | --shape and --like wan2.1-14b, expected one of them",
            "gemm --shape 10x128x16 --device cuda --offload | --offload: a product by itself, expected layers whose",
            "attention --shape 10x20x2 --device cuda --offload | --offload: attention, which has no weights",
            "attention --shape 10x20 | --shape 10x20, expected tokens x keys x heads",
            "attention --shape 9x9x9x9x9 | --shape 9x9x9x9x9, expected tokens x keys x heads",
            "encode /no/such/model | /no/such/model/text_encoder: no such folder",
            "encode /no/such/model --tokens 513 | --tokens 513, expected 1 to 512",
            "load /no/such/model | /no/such/model/transformer: no such folder"})
    void badFlagsAreNamed(String line, String message) {
        CommandRun run = bench(line.split(" "));
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains(message);
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gemm", "attention", "encode", "load"})
    void allReportABusyMachineIfAsked(String name) {
        assertThat(bench(name, "--help").out()).contains("--busy-ok");
    }

    @Test
    void loopsAreTimed() {
        CommandRun run = bench("loops", "copy|refined", "--columns", "1536", "--group", "row", "--forks", "0",
                "--iterations", "1");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out().lines()).hasSize(2).allMatch(line -> line.contains("1536 columns  row"));
    }

    @Test
    void loadingReportsTimeAndMemory() throws IOException {
        Path json = folder.resolve("load.json");
        CommandRun run = bench("load", MODEL.toString(), "--dtype", "bf16", "--busy-ok", "--json",
                json.toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("0.01 billion weights", "GB/s", "VmHWM");
        assertThat(Files.readString(json)).contains("\"weights\" : 9098560", "\"bf16_bytes\" : 18197120", "\"commit\"",
                "\"cores\"", "\"cpu\"", "\"peak_resident_bytes\"", "\"others_share_of_cpu\"", "\"busy\"");
    }
}
