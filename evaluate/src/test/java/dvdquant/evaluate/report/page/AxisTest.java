package dvdquant.evaluate.report.page;

import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;

class AxisTest {
    @Test
    void ticksAreRound() {
        assertThat(Axis.around(17.8, 21.2, 3).ticks()).containsExactly(16.0, 18.0, 20.0, 22.0);
        assertThat(Axis.around(0.02, 0.27, 4).ticks().stream().map(Axis.around(0.02, 0.27, 4)::label))
                .containsExactly("0.0", "0.1", "0.2", "0.3");
        assertThat(Axis.counting(1, 20, 6).ticks()).containsExactly(1.0, 5.0, 10.0, 15.0, 20.0);
        assertThat(Axis.counting(0, 7, 4).ticks()).containsExactly(0.0, 2.0, 4.0, 6.0);
        assertThat(Axis.around(-3, -3, 4).label(-3)).isEqualTo("−3");
    }

    static LongStream seeds() {
        return Seeds.of(200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void anyRangeLiesWithinItsAxisWithFewTicks(long seed) {
        var random = Seeds.random(seed);
        double min = random.nextGaussian() * Math.pow(10, random.nextInt(-4, 5));
        double max = min + Math.abs(random.nextGaussian()) * Math.pow(10, random.nextInt(-4, 5));
        Axis axis = Axis.around(min, max, 4);
        assertThat(axis.low()).isLessThanOrEqualTo(min + 1e-6 * axis.tick());
        assertThat(axis.high()).isGreaterThanOrEqualTo(max - 1e-6 * axis.tick());
        assertThat(axis.ticks()).hasSizeBetween(2, 8);
    }
}
