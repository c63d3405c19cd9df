package dvdquant.models.diffusion.bits;

import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.BitPlan.Placement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Collections;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class BitScheduleTest {
    /** Runs a schedule; {@code changes} are those of the computed steps from the second on. */
    private static String run(BitPlan activations, List<Boolean> computed, double... changes) {
        BitSchedule schedule = BitSchedule.start(activations, computed, 0, computed.size());
        var bits = new StringBuilder();
        int index = 0;
        for (int step = 0; step < computed.size(); step++) {
            if (!computed.get(step)) {
                bits.append('-');
                continue;
            }
            bits.append(schedule.next(step));
            if (index > 0) schedule.observe(changes[index - 1]);
            index++;
        }
        return bits.toString();
    }

    private static List<Boolean> all(int steps) {
        return Collections.nCopies(steps, true);
    }

    @Test
    void aSumOfDeltaIsHighAndTheStepsOwnChangeBeginsTheNext() {
        // sums before steps 2, 3, …: .5, 1 (high), .75 (of that step), 1 (high), .25, .5, .75
        assertThat(run(new BitPlan.Delta(1), all(10), .5, .5, .75, .25, .25, .25, .25, .25, .25))
                .isEqualTo("8848484448");
    }

    @Test
    void zeroIsAlwaysHighAndInfinityOnlyWhereNoChangeIsAsked() {
        assertThat(run(new BitPlan.Delta(0), all(6), 0, 0, .1, 0, 0)).isEqualTo("888888");
        assertThat(run(new BitPlan.Delta(Double.POSITIVE_INFINITY), all(6), 9, 9, 9, 9, 9)).isEqualTo("884448");
        assertThat(run(new BitPlan.Delta(1), all(1))).isEqualTo("8");
        assertThat(run(new BitPlan.Delta(1), all(3), 0, 0)).isEqualTo("888");
    }

    @Test
    void skippedStepsLeaveItAsItIs() {
        var computed = List.of(true, false, true, false, false, true, true, true, false, true, false);
        // the first two computed steps, then sums .6, 1.1, and the last that is computed
        assertThat(run(new BitPlan.Delta(1), computed, .6, .5, .3, .1, .1)).isEqualTo("8-8--484-8-");
    }

    @Test
    void reportsWhatItComparedWith() {
        BitSchedule schedule = BitSchedule.start(new BitPlan.Delta(.25), all(4), 0, 4);
        schedule.next(0);
        assertThat(schedule.delta()).isEmpty();
        schedule.next(1);
        schedule.next(2);
        assertThat(schedule.delta()).hasValue(.25);
        schedule.next(3);
        assertThat(schedule.delta()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"FIRST_HIGH, 6, 8888844444", "LAST_HIGH, 6, 4444488888", "BOTH_ENDS, 6, 8844444888",
            "ALTERNATE, 6, 4848484848", "ALTERNATE, 7, 4888848888", "BOTH_ENDS, 4, 4444444444",
            "FIRST_HIGH, 8, 8888888888"})
    void placesAsManyHighStepsAsTheAverageAsks(Placement placement, double average, String expected) {
        assertThat(run(new BitPlan.Placed(placement, average), all(10), new double[9])).isEqualTo(expected);
    }

    @Test
    void placesAmongTheComputedSteps() {
        assertThat(
                run(new BitPlan.Placed(Placement.FIRST_HIGH, 6), List.of(true, false, true, true, true), 1, 1, 1))
                .isEqualTo("8-844");
        assertThat(run(new BitPlan.Pattern("84884"), List.of(true, false, true, true, true), 1, 1, 1))
                .isEqualTo("8-884");
    }

    @Test
    void fixedBitsStayAndFullIsSixteen() {
        assertThat(run(new BitPlan.Fixed(5), all(3), 1, 1)).isEqualTo("555");
        assertThat(run(new BitPlan.Full(), all(2), 1)).isEqualTo("1616");
    }
}
