package dvdquant.app.doctor;

import dvdquant.app.Main;
import dvdquant.app.doctor.Finding.Level;
import dvdquant.app.machine.Machine;
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
    private static final Path HOME = Path.of(System.getProperty("project.root"));

    @Test
    @NoLeaks
    void allThatIsNeededIsHere() {
        List<Finding> findings = Checkup.run("2.10", "3.11", Map.of(), HOME);
        assertThat(findings).noneMatch(finding -> finding.level() == Level.MISSING);
        assertThat(findings).extracting(Finding::subject).contains("system", "processor", "memory", "disk", "Java",
                "Vector API", "libtorch", "oneDNN", "ffmpeg", "tokenizers", "CUDA");
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
        var findings = Processor.findings(new Machine("a processor", Set.of(flag), 4, 1), environment);
        assertThat(findings).filteredOn(finding -> finding.subject().equals("OPENBLAS_CORETYPE")).singleElement()
                .extracting(Finding::level).isEqualTo(expected);
    }

    @Test
    void missingInstructionsAndSpinningThreadsAreWarnedOf() {
        var findings = Processor.findings(new Machine("old", Set.of("avx2"), 4, 1),
                Map.of("OMP_WAIT_POLICY", "active", "OPENBLAS_NUM_THREADS", "8"));
        assertThat(findings).filteredOn(finding -> finding.level() == Level.WARN).extracting(Finding::subject)
                .containsExactly("AVX-512", "VNNI", "BF16", "OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS");
    }
}
