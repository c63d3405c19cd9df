package dvdquant.models.schedule;

import dvdquant.models.schedule.UniPCMultistepScheduler.SolverType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
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
}
