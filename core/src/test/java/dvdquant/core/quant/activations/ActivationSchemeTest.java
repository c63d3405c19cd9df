package dvdquant.core.quant.activations;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class ActivationSchemeTest {
    @ParameterizedTest
    @CsvSource({"4, token, 4", "8, token, 8", "3, tensor, 3", "4, token-block-integer, 8", "6, token-block-integer, 6"})
    void multipliersTakeStoredCodesToEightBits(int bits, String scales, int stored) {
        var scheme = new ActivationScheme(new ActivationRange(bits), ActivationScales.parse(scales));
        assertThat(scheme.storedBits()).isEqualTo(stored);
    }
}
