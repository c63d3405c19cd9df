package dvdquant.measure;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class CachedStepsTest {
    @ParameterizedTest
    @CsvSource({"50, 25", "50, 50", "50, 1", "7, 3", "20, 13"})
    void asManyAsWantedAreComputedAndTheFirstIs(int steps, int computed) {
        var cached = new CachedSteps(steps, computed);
        int[] which = IntStream.range(0, steps).filter(cached::computes).toArray();
        assertThat(which).hasSize(computed).startsWith(0);
        assertThat(IntStream.range(1, computed).map(i -> which[i] - which[i - 1]))
                .allMatch(distance -> distance == steps / computed || distance == Math.ceilDiv(steps, computed));
    }

    @Test
    void noneIsTooFew() {
        assertThatIllegalArgumentException().isThrownBy(() -> new CachedSteps(50, 0));
    }
}
