package dvdquant.models.diffusion.teacache;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class TeaCacheRuleTest {
    /** Inputs of two values that change by these shares from step to step. */
    private static List<float[]> changing(double... shares) {
        var watched = new ArrayList<>(List.of(new float[]{8, -8}));
        double value = 8;
        for (double share : shares) {
            value *= 1 + share;
            watched.add(new float[]{(float) value, (float) -value});
        }
        return watched;
    }

    private static String schedule(TeaCacheRule rule, double... shares) {
        var text = new StringBuilder();
        rule.schedule(changing(shares)).forEach(computed -> text.append(computed ? 'c' : '-'));
        return text.toString();
    }

    private static TeaCacheRule raw(double threshold) {
        return new TeaCacheRule(TeaCacheRule.IDENTITY, threshold, 1, true);
    }

    @Test
    void computesWhereTheSummedChangesReachTheThreshold() {
        assertThat(schedule(raw(.49), .25, .25, .25, .25, .25, .125, .125, .125)).isEqualTo("c-c-c--cc");
    }

    @Test
    void theFirstAndTheLastAreComputedAndAForcedOneForgetsTheSum() {
        assertThat(schedule(raw(100), 1, 1, 1)).isEqualTo("c--c");
        assertThat(schedule(new TeaCacheRule(TeaCacheRule.IDENTITY, 1, 3, false), .75, .75, .75, .25, .25))
                .isEqualTo("ccc-c-");
        assertThat(schedule(raw(1))).isEqualTo("c");
    }

    @Test
    void aThresholdOfZeroComputesAll() {
        assertThat(schedule(raw(0), 0, .1, 0, 0)).isEqualTo("ccccc");
    }

    @Test
    void thePolynomialStartsWithTheHighestDegreeAndMayBeNegative() {
        var rule = new TeaCacheRule(List.of(2.0, -3.0, 0.5), .1, 1, true);
        assertThat(rule.rescaled(2)).isEqualTo(2 * 4 - 3 * 2 + .5);
        assertThat(rule.rescaled(.5)).isCloseTo(-.5, within(1e-12));
        // −.5 twice, then 2.5 on top of that: computed although 1 alone would not be below 0.1
        assertThat(schedule(rule, .5, .5, 2, .5)).isEqualTo("c--cc");
        assertThat(schedule(new TeaCacheRule(List.of(2.0, -3.0, 0.5), 1.6, 1, true), .5, .5, 2, .5))
                .isEqualTo("c---c");
    }
}
