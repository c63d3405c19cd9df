package dvdquant.models.schedule;

import dvdquant.models.schedule.FlowMatchEulerDiscreteScheduler.Spacing;
import dvdquant.models.testing.Golden;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** The samplers alone against diffusers': golden_schedulers.json, made by golden_schedulers.py. */
class SchedulerGoldenTest {
    private static final double BOUND = 1e-6;

    static Stream<Arguments> cases() throws IOException {
        try (InputStream json = SchedulerGoldenTest.class.getResourceAsStream("/golden/golden_schedulers.json")) {
            JsonNode all = JsonMapper.shared().readTree(json);
            return all.propertyStream().map(entry -> Arguments.of(entry.getKey(), entry.getValue())).toList().stream();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void agreesWithDiffusers(String name, JsonNode expected) {
        String[] parts = name.split("[ =]"); // unipc n=5 shift=3.0
        SamplerRun sampling = sampling(parts[0], Integer.parseInt(parts[2]), Double.parseDouble(parts[4]));
        assertClose(sampling.timesteps(), expected.get("timesteps"), 1e-4);
        float[] sigmas = sampling.sigmas();
        for (int i = 0; i < sigmas.length; i++) {
            assertThat((double) sigmas[i]).isCloseTo(expected.get("sigmas").get(i).doubleValue(), within(BOUND));
        }
        float[] x = new float[8];
        for (int i = 0; i < 8; i++) {
            x[i] = (float) (-1 + i * 2.0 / 7);
        }
        for (int k = 0; k < sampling.timesteps().length; k++) {
            float[] flow = new float[8];
            for (int i = 0; i < 8; i++) {
                flow[i] = 0.3f * x[i] + 0.1f * (float) Math.sin((float) sampling.timesteps()[k] / 100);
            }
            x = sampling.step(flow, x);
            for (int i = 0; i < 8; i++) {
                assertThat((double) x[i]).as("step %d", k).isCloseTo(expected.get("x").get(k).get(i).doubleValue(),
                        within(BOUND));
            }
        }
    }

    private static SamplerRun sampling(String sampler, int steps, double shift) {
        if (sampler.equals("unipc")) {
            return new UniPCMultistepScheduler(1000, 1, 2, UniPCMultistepScheduler.SolverType.BH2, Set.of())
                    .withShift(shift).start(steps);
        }
        return new FlowMatchEulerDiscreteScheduler(1000, 1, Spacing.TO_ZERO).withShift(shift).start(steps);
    }

    @Test
    void levelsOfHunyuanVideoAgreeWithDiffusers() {
        try (var golden = Golden.ofHunyuanVideo()) {
            float[] times = golden.floats("schedule.timesteps");
            float[] sigmas = golden.floats("schedule.sigmas");
            SamplerRun run = new FlowMatchEulerDiscreteScheduler(1000, 3, Spacing.TO_ZERO).start(times.length);
            assertThat(run.sigmas()).hasSize(sigmas.length);
            for (int i = 0; i < sigmas.length; i++) {
                assertThat(run.sigmas()[i]).isCloseTo(sigmas[i], Offset.offset((float) BOUND));
                if (i < times.length) assertThat(run.timesteps()[i]).isCloseTo(times[i], within(1000 * BOUND));
            }
        }
    }

    private static void assertClose(double[] actual, JsonNode expected, double bound) {
        assertThat(actual).hasSize(expected.size());
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).isCloseTo(expected.get(i).doubleValue(), within(bound));
        }
    }

    private static Offset<Double> within(double bound) {
        return Offset.offset(bound);
    }
}
