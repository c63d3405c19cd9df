package dvdquant.evaluate.report;

import dvdquant.evaluate.report.Measure.Unit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class NumbersTest {
    @ParameterizedTest
    @CsvSource({"DECIBEL, 31.449, 31.4 dB", "DECIBEL, -1.26, −1.3 dB", "DECIBEL, -0.04, 0.0 dB",
            "NUMBER_1, 22.06, 22.1",
            "NUMBER_2, 4.1251, 4.13", "NUMBER_3, 0.98449, 0.984", "SHARE, 0.7396, 0.740", "SECONDS, 0.31, 0.310 s",
            "BYTES, 950, 950 B", "BYTES, 18200000, 18.2 MB", "BYTES, 28577900000, 28.58 GB", "DECIBEL, Infinity, ∞ dB"})
    void haveTheDecimalsOfTheirUnit(Unit unit, double value, String expected) {
        assertThat(Numbers.withUnit(unit, value)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0.31, +0.3", "-1.26, −1.3", "0, +0.0", "-0.04, +0.0"})
    void differencesHaveASign(double value, String expected) {
        assertThat(Numbers.signed(Unit.DECIBEL, value)).isEqualTo(expected);
    }

    @Test
    void sayHowSureTheyAre() {
        assertThat(Numbers.spread(Unit.DECIBEL, new Figure.Mean(12, 0.449, 16))).isEqualTo("± 0.4");
        assertThat(Numbers.spread(Unit.SHARE, new Figure.Share(0.7, 0.601, 0.784, 96))).isEqualTo("0.60 – 0.78");
        assertThat(Numbers.spread(Unit.NUMBER_2, new Figure.Exact(4.13))).isEmpty();
    }
}
