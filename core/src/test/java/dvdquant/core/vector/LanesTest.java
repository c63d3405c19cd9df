package dvdquant.core.vector;

import dvdquant.core.testing.Seeds;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;

class LanesTest {
    static LongStream seeds() {
        return Seeds.of(3);
    }

    /** Also where the quotient lies close to the middle of two floats, which is where a bit may be wrong. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void quotientsAreThoseOfADivision(long seed) {
        var random = Seeds.random(seed);
        var x = new float[Lanes.COUNT];
        var quotients = new float[Lanes.COUNT];
        for (int i = 0; i < 50_000; i++) {
            float divisor = Math.scalb(1 + random.nextFloat(), random.nextInt(-60, 60));
            for (int lane = 0; lane < x.length; lane++) {
                float quotient = Math.scalb(1 + random.nextFloat(), random.nextInt(-2, i % 2 == 0 ? 8 : 60));
                double between = lane % 2 == 0 ? quotient + 0.5 * Math.ulp(quotient) : quotient;
                x[lane] = (float) (between * divisor) * (lane % 3 == 0 ? -1 : 1);
            }
            Lanes.quotient(Lanes.load(x, 0), divisor, 1 / divisor).intoArray(quotients, 0);
            for (int lane = 0; lane < x.length; lane++) {
                if (quotients[lane] != x[lane] / divisor) { // an assertion a quotient would take seconds
                    assertThat(quotients[lane]).as("%s / %s", x[lane], divisor).isEqualTo(x[lane] / divisor);
                }
            }
        }
    }
}
