package dvdquant.core.quant;

import dvdquant.core.InputException;
import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ActivationClipTest {
    private static final int BLOCK = 128;

    /** What the search for the least error found: no other part is better by more than 0.15 dB for normal values. */
    @ParameterizedTest
    @CsvSource({"2, 5", "3, 2", "4, 0.9"})
    void leastErrorIsNearTheBestForNormalAndForHeavyTailedBlocks(int bits, double gain) {
        float[] normal = Seeds.gaussian(bits, 2000 * BLOCK);
        float[] heavy = new float[normal.length];
        for (int i = 0; i < heavy.length; i++) {
            heavy[i] = normal[i] * Math.abs(normal[i]); // a kurtosis of 11.7 and not 3
        }
        float part = new ActivationClip.LeastError().at(bits);
        assertThat(db(normal, bits, part) - db(normal, bits, 1)).isGreaterThan(gain);
        assertThat(db(heavy, bits, part)).isGreaterThan(db(heavy, bits, 1));
        for (float other = 0.25f; other <= 1; other += 0.05f) {
            assertThat(db(normal, bits, other)).as("clip %s", other).isLessThan(db(normal, bits, part) + 0.15);
        }
    }

    private static double db(float[] values, int bits, float part) {
        var scheme = new ActivationScheme(new ActivationRange(bits), new ActivationScales.PerTokenBlock(BLOCK), part);
        QuantizedActivations quantized = ActivationQuantizer.quantize(values, values.length / BLOCK, scheme);
        double signal = 0;
        double error = 0;
        for (int i = 0; i < values.length; i++) {
            double value = quantized.codes()[i] * (double) quantized.step(i / BLOCK, i % BLOCK);
            signal += (double) values[i] * values[i];
            error += (values[i] - value) * (values[i] - value);
        }
        return 10 * Math.log10(signal / error);
    }

    @Test
    void nothingIsClippedAboveFourBits() {
        for (int bits = 5; bits <= 8; bits++) {
            assertThat(ActivationRule.DEFAULT.at(bits).clip()).isEqualTo(1);
        }
        assertThat(ActivationRule.DEFAULT.at(4).clip()).isEqualTo(0.8f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-error", "1.0", "0.9"})
    void textIsReadBack(String text) {
        assertThat(ActivationClip.parse(text).text()).isEqualTo(text);
    }

    @Test
    void noneClipsNothing() {
        assertThat(ActivationClip.parse("none")).isEqualTo(ActivationClip.NONE);
        assertThat(ActivationClip.NONE.at(4)).isCloseTo(1, within(0f));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "NaN", "best", ""})
    void othersAreErrors(String text) {
        assertThatThrownBy(() -> ActivationClip.parse(text)).isInstanceOf(InputException.class)
                .hasMessageContaining("expected none, least-error, or a number above 0 up to 1");
    }
}
