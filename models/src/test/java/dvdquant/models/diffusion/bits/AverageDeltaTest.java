package dvdquant.models.diffusion.bits;

import dvdquant.core.testing.Seeds;
import dvdquant.models.pipeline.BitPlan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** The average comes out as asked, whatever the changes. */
class AverageDeltaTest {
    /** Of the demo model: 20 steps in full precision. */
    private static final double[] DEMO_20 = {.2060, .0708, .0838, .1268, .1541, .1835, .1770, .1828, .1766, .1531,
            .1481,
            .1247, .1058, .0822, .0664, .0585, .0603, .0721, .1216};
    /** The same with 4-bit activations. */
    private static final double[] DEMO_20_LOW = {.2300, .1159, .1239, .1592, .1800, .2040, .1986, .2074, .2031, .1914,
            .1932, .1872, .1867, .1863, .2025, .2391, .3152, .4777, .9425};
    /** 50 steps in full precision. */
    private static final double[] DEMO_50 = {.1326, .0775, .0295, .0181, .0122, .0148, .0098, .0087, .0095, .0086,
            .0072,
            .0075, .0066, .0062, .0051, .0057, .0048, .0049, .0049, .0045, .0051, .0047, .0047, .0047, .0050, .0052,
            .0051, .0056, .0054, .0055, .0059, .0065, .0064, .0067, .0071, .0077, .0083, .0091, .0098, .0109, .0122,
            .0137, .0161, .0183, .0230, .0283, .0385, .0557, .1020};

    private static String run(double average, int steps, IntToDoubleFunction change) {
        BitSchedule schedule = BitSchedule.start(new BitPlan.Average(average), Collections.nCopies(steps, true), 0,
                steps);
        var bits = new StringBuilder();
        for (int step = 0; step < steps; step++) {
            bits.append(schedule.next(step));
            if (step > 0) schedule.observe(change.applyAsDouble(step - 1));
        }
        return bits.toString();
    }

    private static double average(String bits) {
        return bits.chars().map(digit -> digit - '0').average().orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(doubles = {4.6, 5, 5.5, 6, 6.5, 7, 7.9, 8})
    void theAverageComesOutAsAsked(double asked) {
        var random = Seeds.random(Seeds.of(1).findFirst().orElseThrow());
        Map<String, IntToDoubleFunction> sequences = Map.of("constant", _ -> .1, "zero", _ -> 0, "falling",
                step -> 1.0 / (1 + step), "rising", step -> .01 * step * step, "alternating", step -> step % 2,
                "one jump", step -> step == 9 ? 100 : .01, "random", _ -> random.nextDouble());
        sequences.forEach((name, change) -> {
            for (int steps : new int[]{20, 50}) {
                assertThat(average(run(asked, steps, change))).as(name + ", " + steps + " steps")
                        .isCloseTo(asked, within(.1 + 1e-9));
            }
        });
        for (double[] demo : List.of(DEMO_20, DEMO_20_LOW, DEMO_50)) {
            assertThat(average(run(asked, demo.length + 1, step -> demo[step]))).isCloseTo(asked, within(.1 + 1e-9));
        }
    }

    @Test
    void highStepsAreSpreadAndCloseTheEnd() {
        assertThat(run(6, 50, _ -> .1)).startsWith("884").endsWith("888888").doesNotContain("4444");
        assertThat(run(7, 50, _ -> .1)).doesNotContain("444").containsPattern("4848+8484|48+48+4");
    }

    @Test
    void tooLowAnAverageEndsAtTheLowestThereIs() {
        assertThat(run(4, 20, _ -> .1)).isEqualTo("88" + "4".repeat(17) + "8");
        assertThat(BitPlan.Average.least(20)).isCloseTo(4.6, within(1e-9));
        assertThat(run(4, 2, _ -> .1)).isEqualTo("88");
        assertThat(run(6, 1, _ -> .1)).isEqualTo("8");
    }

    /** Where what TeaCache watches depends on the latents, nobody knows beforehand which steps are skipped. */
    @ParameterizedTest
    @ValueSource(doubles = {5, 6, 7})
    void theAverageIsThatOfTheStepsThatTurnOutToBeComputed(double asked) {
        var random = Seeds.random(Seeds.of(1).findFirst().orElseThrow());
        for (int of : new int[]{2, 3, 4}) { // every so many steps one is skipped
            BitSchedule schedule = BitSchedule.start(new BitPlan.Average(asked), Collections.nCopies(50, true), 0, 50);
            var bits = new StringBuilder();
            for (int step = 0; step < 50; step++) {
                if (step % of == 1) {
                    schedule.skip();
                    continue;
                }
                bits.append(schedule.next(step));
                if (step > 0) schedule.observe(.05 + .1 * random.nextDouble());
            }
            assertThat(bits).startsWith("88").endsWith("8");
            assertThat(average(bits.toString())).as("1 of " + of + " skipped").isCloseTo(asked, within(.35));
        }
    }
}
