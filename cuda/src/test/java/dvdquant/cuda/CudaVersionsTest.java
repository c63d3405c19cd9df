package dvdquant.cuda;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class CudaVersionsTest {
    @ParameterizedTest
    @CsvSource({"13010, 13.1", "13000, 13.0", "12090, 12.9"})
    void numbersAreRead(int number, String version) {
        assertThat(CudaVersions.text(number)).isEqualTo(version);
    }

    @ParameterizedTest
    @CsvSource({"13.0, 13.1, false", "12.9, 13.0, true", "14.0, 13.1, false"})
    void aDriverRunsItsMajorVersion(String driver, String runtime, boolean tooOld) {
        assertThat(new CudaVersions(driver, runtime, runtime).driverIsTooOld()).isEqualTo(tooOld);
    }
}
