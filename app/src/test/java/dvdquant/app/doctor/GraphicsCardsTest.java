package dvdquant.app.doctor;

import dvdquant.app.doctor.Finding.Level;
import dvdquant.cuda.driver.CudaLibraries.Library;
import dvdquant.cuda.driver.CudaVersions;
import dvdquant.cuda.driver.GpuProperties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

class GraphicsCardsTest {
    @Test
    void aBuildWithoutCudaIsOneLine() {
        List<Finding> findings = GraphicsCards.missing(List.of(
                new Library("CUDA runtime and driver", Optional.of("not in this build")),
                new Library("NVRTC", Optional.of("Could not initialize class org.bytedeco.cuda.global.cudart"))));
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.level()).isEqualTo(Level.INFO);
            assertThat(finding.text()).startsWith("not in this build").contains("./mvnw package -Pcuda");
        });
    }

    @Test
    void aLibraryThatDoesNotLoadIsNamedWithItsReason() {
        List<Finding> findings = GraphicsCards.missing(List.of(
                new Library("CUDA runtime and driver", Optional.empty()),
                new Library("NVRTC", Optional.of("libnvrtc.so.13: cannot open shared object file"))));
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.level()).isEqualTo(Level.WARN);
            assertThat(finding.text()).contains("NVRTC", "libnvrtc.so.13", "LD_LIBRARY_PATH");
        });
        assertThat(GraphicsCards.missing(List.of(new Library("NVRTC", Optional.empty())))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"9, 0, OK, --attention int8", "8, 9, INFO, sm_89", "8, 0, INFO, never run", "7, 5, WARN, not supported",
            "10, 0, WARN, not supported"})
    void aCardIsDescribed(int major, int minor, Level level, String part) {
        Finding finding = GraphicsCards
                .finding(new GpuProperties(1, "a card", major, minor, 132, 80L << 30, 1_980_000));
        assertThat(finding.level()).isEqualTo(level);
        assertThat(finding.subject()).isEqualTo("GPU cuda:1");
        assertThat(finding.text()).contains("a card (compute capability " + major + "." + minor + ")", "80.00 GiB",
                "132 multiprocessors", part);
    }

    @Test
    void anOldDriverIsWarnedOf() {
        assertThat(GraphicsCards.finding(new CudaVersions("13.0", "13.1", "13.1")).level()).isEqualTo(Level.OK);
        assertThat(GraphicsCards.libraries("13.1.0", "9.19.0").level()).isEqualTo(Level.OK);
        assertThat(GraphicsCards.libraries("13.1.0", "not found (libcudnn.so.9)").level()).isEqualTo(Level.WARN);
        Finding finding = GraphicsCards.finding(new CudaVersions("12.8", "13.1", "13.1"));
        assertThat(finding.level()).isEqualTo(Level.WARN);
        assertThat(finding.text()).contains("driver for CUDA 12.8, runtime 13.1", "install a newer one");
    }
}
