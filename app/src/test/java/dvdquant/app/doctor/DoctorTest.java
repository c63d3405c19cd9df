package dvdquant.app.doctor;

import dvdquant.app.Main;
import dvdquant.app.doctor.Finding.Level;
import dvdquant.core.machine.Machine;
import dvdquant.tensor.cpu.machine.InstructionSet;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class DoctorTest {
    private static final InstructionSet AVX2 = new InstructionSet(7);

    private static final Path HOME = Path.of(System.getProperty("project.root"));

    @Test
    @NoLeaks
    void allThatIsNeededIsHere() {
        List<Finding> findings = Checkup.run("2.10", "3.11", Map.of(), HOME);
        assertThat(findings).noneMatch(finding -> finding.level() == Level.MISSING);
        assertThat(findings).extracting(Finding::subject).contains("system", "processor", "memory", "disk", "Java",
                "Vector API", "libtorch", "products", "ffmpeg", "tokenizers", "CUDA");
        assertThat(findings).filteredOn(finding -> finding.subject().equals("tokenizers"))
                .allMatch(finding -> finding.level() == Level.OK);
    }

    @Test
    void theCommandPrintsALineAFinding() {
        var out = new StringWriter();
        int exit = Main.run(new String[]{"doctor"}, new PrintWriter(out, true), new PrintWriter(new StringWriter()));
        assertThat(exit).isZero();
        assertThat(out.toString().lines().skip(1))
                .allMatch(line -> line.matches("\\[(ok|info|warn|missing)] +\\S.*"));
    }

    @ParameterizedTest
    @CsvSource({"avx512f, Haswell, WARN", "avx512f, SkylakeX, INFO", "avx2, Haswell, INFO", "avx512f, , OK"})
    void oldKernelsOnANewProcessorAreWarnedOf(String flag, String coreType, Level expected) {
        Map<String, String> environment = coreType == null ? Map.of() : Map.of("OPENBLAS_CORETYPE", coreType);
        var findings = Processor.findings(new Machine("a processor", Set.of(flag), 4, 1), AVX2, environment);
        assertThat(findings).filteredOn(finding -> finding.subject().equals("OPENBLAS_CORETYPE")).singleElement()
                .extracting(Finding::level).isEqualTo(expected);
    }

    @Test
    void capsAndSpinningThreadsAreWarnedOf() {
        var findings = Processor.findings(new Machine("capped", Set.of("avx2"), 4, 1), AVX2,
                Map.of("ONEDNN_MAX_CPU_ISA", "AVX2", "OMP_WAIT_POLICY", "active", "OPENBLAS_NUM_THREADS", "8"));
        assertThat(findings).filteredOn(finding -> finding.level() == Level.WARN).extracting(Finding::subject)
                .containsExactly("instructions", "OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS");
    }

    /** What one line says of products, no other contradicts: all ask the same abilities. */
    @ParameterizedTest
    @CsvSource({"1, SSE4.1, INFO, INFO", "7, AVX2, INFO, INFO", "15, AVX2 with VNNI, INFO, OK",
            "39, AVX-512, INFO, INFO",
            "103, AVX-512 with VNNI, INFO, OK", "231, AVX-512 with BF16, OK, OK", "4079, AMX, OK, OK"})
    void saysHowProductsAreMadeAtEachInstructionSet(int bits, String name, Level bf16, Level int8) {
        var findings = Processor.findings(new Machine("any", Set.of(), 4, 1), new InstructionSet(bits), Map.of());
        assertThat(findings).filteredOn(finding -> finding.subject().equals("instructions")).singleElement()
                .extracting(Finding::text).isEqualTo(name);
        assertThat(findings).filteredOn(finding -> finding.subject().equals("bf16")).singleElement()
                .extracting(Finding::level).isEqualTo(bf16);
        assertThat(findings).filteredOn(finding -> finding.subject().equals("8-bit integers")).singleElement()
                .extracting(Finding::level).isEqualTo(int8);
    }
}
