package dvdquant.core.metrics;

import org.junit.jupiter.api.Test;

import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class MeanWithErrorTest {
    private static final double INFINITY = Double.POSITIVE_INFINITY;

    @Test
    void hasMeanAndStandardError() {
        MeanWithError mean = MeanWithError.of(2, 4, 4, 4, 5, 5, 7, 9);
        assertThat(mean.mean()).isEqualTo(5);
        assertThat(mean.error().orElseThrow()).isEqualTo(Math.sqrt(32.0 / 7 / 8), within(1e-15));
        assertThat(mean.count()).isEqualTo(8);
    }

    @Test
    void differencesOfPairsHaveAnErrorOfTheirOwn() {
        double[] a = {10, 20, 30};
        assertThat(MeanWithError.ofDifferences(a, new double[]{9, 19, 29}))
                .isEqualTo(new MeanWithError(1, OptionalDouble.of(0), 3));
        MeanWithError mean = MeanWithError.ofDifferences(a, new double[]{10, 19, 28});
        assertThat(mean.mean()).isEqualTo(1);
        assertThat(mean.error().orElseThrow()).isEqualTo(1 / Math.sqrt(3), within(1e-15));
        assertThatThrownBy(() -> MeanWithError.ofDifferences(a, new double[2]))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("pairs of 3 and 2 measurements");
    }

    @Test
    void saysWhereThereIsNoError() {
        assertThat(MeanWithError.of(3)).isEqualTo(new MeanWithError(3, OptionalDouble.empty(), 1));
        assertThat(MeanWithError.of(0.1, 0.1, 0.1)).isEqualTo(new MeanWithError(0.1, OptionalDouble.of(0), 3));
        assertThat(MeanWithError.of(INFINITY, INFINITY))
                .isEqualTo(new MeanWithError(INFINITY, OptionalDouble.of(0), 2));
        assertThat(MeanWithError.of(INFINITY, 1)).isEqualTo(new MeanWithError(INFINITY, OptionalDouble.empty(), 2));
        assertThat(MeanWithError.ofDifferences(new double[]{INFINITY, INFINITY}, new double[]{INFINITY, INFINITY}))
                .isEqualTo(new MeanWithError(0, OptionalDouble.of(0), 2));
        assertThatThrownBy(MeanWithError::of).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MeanWithError.of(1, Double.NaN)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("mean with a NaN");
    }
}
