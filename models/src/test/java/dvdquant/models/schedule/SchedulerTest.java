package dvdquant.models.schedule;

import dvdquant.core.InputException;
import dvdquant.models.schedule.UniPCMultistepScheduler.SolverType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** What {@link SchedulerGoldenTest} has no reference outputs of. */
class SchedulerTest {
    private static float[] sampled(SolverType type, int steps) {
        SamplerRun sampling = new UniPCMultistepScheduler(1000, 3, 2, type, Set.of()).start(steps);
        float[] x = {-1, 0.25f, 2};
        for (int k = 0; k < steps; k++) {
            float[] flow = x.clone();
            x = sampling.step(flow, x);
        }
        return x;
    }

    /** Where the last step ends, σ is 0 and B(h) = h infinite: the step is of first order, in which it has no part. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 20})
    void bothSolversEndInNumbers(int steps) {
        assertThat(sampled(SolverType.BH1, steps)).doesNotContain(Float.NaN).hasSize(3);
    }

    @Test
    void inOneStepBothSolversAreTheSame() {
        assertThat(sampled(SolverType.BH1, 1)).isEqualTo(sampled(SolverType.BH2, 1));
    }

    @Test
    void timesOfUniPCAreThoseOfTheDevelopmentVersion() {
        SamplerRun sampling = new UniPCMultistepScheduler(1000, 3, 2, SolverType.BH2, Set.of()).start(4);
        assertThat(sampling.timesteps()).containsExactly(999, 900, 750, 500);
    }

    /** The Wan pipeline lets the scheduler space its levels itself: between shifted ends, and what comes of that is shifted again. */
    @Test
    void levelsOfEulerAreShiftedTwice() {
        float[] sigmas = new FlowMatchEulerDiscreteScheduler(1000, 3).start(4).sigmas();
        double lowest = 3 * 0.001 / (1 + 2 * 0.001);
        for (int i = 0; i < 4; i++) {
            double even = 1 - (1 - lowest) * i / 3;
            assertThat((double) sigmas[i]).isCloseTo(3 * even / (1 + 2 * even), within(1e-6));
        }
        assertThat(sigmas[4]).isZero();
    }

    /** Their logarithms would be infinite, or a step lead back to more noise. */
    @ParameterizedTest
    @CsvSource({"1e30, 2", "1e308, 50", "1e8, 2", "1e6, 50", "1e-17, 1", "1e-46, 3", "4.9e-324, 1"})
    void shiftsThatLeaveNoLevelsAreRefused(double shift, int steps) {
        for (Scheduler scheduler : List.of(new UniPCMultistepScheduler(1000, shift, 2, SolverType.BH2, Set.of()),
                new UniPCMultistepScheduler(1000, shift, 1, SolverType.BH1, Set.of()))) {
            assertThatThrownBy(() -> scheduler.start(steps)).isInstanceOf(InputException.class)
                    .hasMessageStartingWith("flow shift: " + shift + ": of " + steps + " steps the noise levels");
        }
    }

    @ParameterizedTest
    @CsvSource({"1e30, 3", "1e9, 50", "1e-17, 2"})
    void andSoTheyAreForEuler(double shift, int steps) {
        assertThatThrownBy(() -> new FlowMatchEulerDiscreteScheduler(1000, shift).start(steps))
                .isInstanceOf(InputException.class).hasMessageContaining("expected a shift nearer to 1");
    }

    @ParameterizedTest
    @CsvSource({"0.01, 1000", "1, 10000", "3, 10000", "17, 50", "100, 1000", "1e30, 1"})
    void shiftsThatAreUsedGiveNumbers(double shift, int steps) {
        for (Scheduler scheduler : List.of(new UniPCMultistepScheduler(1000, shift, 2, SolverType.BH2, Set.of()),
                new FlowMatchEulerDiscreteScheduler(1000, shift))) {
            SamplerRun sampling = scheduler.start(steps);
            float[] x = {-1, 0.25f, 2};
            for (int k = 0; k < steps; k++) {
                x = sampling.step(x.clone(), x);
            }
            assertThat(x).doesNotContain(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
        }
    }
}
