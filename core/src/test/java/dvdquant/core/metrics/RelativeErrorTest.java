package dvdquant.core.metrics;

import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class RelativeErrorTest {
    @Test
    void isTheRatioOfNorms() {
        assertThat(RelativeError.of(new float[]{3, 5}, new float[]{3, 4})).isEqualTo(0.2);
        assertThat(RelativeError.of(new float[]{0, 0}, new float[]{3, 4})).isEqualTo(1);
        assertThat(RelativeError.of(new float[]{1e30f, 1e-30f}, new float[]{1e30f, 0})).isEqualTo(1e-60, within(1e-65));
    }

    @Test
    void hasAnAnswerForZeroAndNan() {
        assertThat(RelativeError.of(new float[0], new float[0])).isZero();
        assertThat(RelativeError.of(new float[2], new float[2])).isZero();
        assertThat(RelativeError.of(new float[]{1}, new float[]{0})).isInfinite();
        assertThat(RelativeError.of(new float[]{Float.NaN}, new float[]{0})).isNaN();
        assertThatThrownBy(() -> RelativeError.of(new float[1], new float[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 != 2");
    }

    @Test
    void sqnrIsItsLogarithm() {
        float[] reference = Seeds.gaussian(7, 1000);
        float[] actual = reference.clone();
        assertThat(Sqnr.db(actual, reference)).isEqualTo(Double.POSITIVE_INFINITY);
        for (int i = 0; i < actual.length; i++) {
            actual[i] *= 1.1f;
        }
        assertThat(Sqnr.db(actual, reference)).isEqualTo(20, within(1e-4));
        assertThat(Sqnr.db(new float[]{1}, new float[]{0})).isEqualTo(Double.NEGATIVE_INFINITY);
    }
}
