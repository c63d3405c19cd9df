package dvdquant.cuda.driver;

import dvdquant.core.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

    @Test
    void aDriverThatIsTooOldIsRefusedInASentence() {
        assertThatThrownBy(new CudaVersions("12.4", "13.0", "13.0")::requireDriver).isInstanceOf(InputException.class)
                .hasMessage(
                        "the driver is for CUDA 12.4, older than the runtime's 13.0, expected one for"
                                + " CUDA 13 or later");
        new CudaVersions("13.1", "13.0", "13.0").requireDriver();
    }
}
