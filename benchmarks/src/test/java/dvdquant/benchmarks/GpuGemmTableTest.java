package dvdquant.benchmarks;

import dvdquant.app.text.Manifest;
import dvdquant.benchmarks.GpuGemmBenchmark.Row;
import dvdquant.measure.Peak;
import dvdquant.measure.Timing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

class GpuGemmTableTest {
    private static final double FLOPS = 2.0 * 32760 * 5120 * 5120;

    @TempDir
    Path folder;

    @Test
    void ratesSharesAndRatiosAreThere() {
        var out = new StringWriter();
        GpuGemmTable.print(example(true, Optional.of(new Peak(2000, 1000))), new PrintWriter(out, true));
        assertThat(out.toString().lines()).anySatisfy(line -> assertThat(line).startsWith("32760 × 5120 × 5120")
                .containsSubsequence("859 (86 %)", "1431 (72 %)", "954 (48 %)", "1718 (86 %)", "2.00", "1.20"));
        assertThat(out.toString()).contains("2.000 (1.900–2.200)", "0.200 ms,  2516 GB/s,  84 % of copy",
                "0.050 ms     1.250 ms, 1.60 × bf16", "peak: 2000 TOP/s of int8 and fp8, 1000 of bf16");
    }

    @Test
    void withoutFp8AndPeakThereAreNone() {
        var out = new StringWriter();
        GpuGemmTable.print(example(false, Optional.empty()), new PrintWriter(out, true));
        assertThat(out.toString().lines()).anySatisfy(line -> assertThat(line).startsWith("32760 × 5120 × 5120")
                .containsSubsequence("859", "–", "954", "1718", "2.00", "–"));
        assertThat(out.toString()).doesNotContain("peak:", "(86 %)", "Optional");
    }

    @Test
    void theFileHasRatiosAsNumbers() throws IOException {
        Path json = folder.resolve("gemm.json");
        GpuGemmBenchmark result = example(true, Optional.of(new Peak(2000, 1000)));
        new Manifest().put("peak_tops", result.peak()).put("products", GpuGemmTable.json(result)).write(json);
        assertThat(Files.readString(json)).contains("\"ours_over_bf16\" : 2.0", "\"ours_over_fp8\" : 1.2",
                "\"layer_over_bf16\" : 1.6", "\"ours_share_of_peak\" : 0.85", "\"tokens\" : 32760", "\"int8\" : 2000.0",
                "\"medianMillis\" : 2.0");
    }

    private static GpuGemmBenchmark example(boolean fp8, Optional<Peak> peak) {
        var row = new Row(ProductSize.of(32760, 5120, 5120), timing(2.0),
                fp8 ? Optional.of(timing(1.2)) : Optional.empty(), timing(1.8), timing(1.0), timing(1.05), timing(0.2),
                timing(1.25));
        return new GpuGemmBenchmark("NVIDIA H100", List.of(row), 3000, peak);
    }

    private static Timing timing(double millis) {
        return new Timing("", "", FLOPS, 0.95 * millis, millis, 1.1 * millis);
    }
}
