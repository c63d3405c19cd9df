package dvdquant.models.diffusion.teacache;

import dvdquant.core.testing.Seeds;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

@NoLeaks
class WatchedStepsTest {
    @Test
    void decidesStepByStepAsTheScheduleDoesBeforehand() {
        var random = Seeds.random(Seeds.of(1).findFirst().orElseThrow());
        List<float[]> watched = IntStream.range(0, 30)
                .mapToObj(_ -> new float[]{1, 2 + random.nextFloat() / 4, 3 + random.nextFloat() / 4}).toList();
        var rule = new TeaCacheRule(List.of(0.5, 1.0, 0.0), .1, 2, true);
        List<Boolean> expected = rule.schedule(watched);
        var decided = new ArrayList<Boolean>();
        try (var device = CpuDevice.open(); var steps = new WatchedSteps(rule, watched.size(), device.kernels())) {
            for (int step = 0; step < watched.size(); step++) {
                int index = step;
                try (var _ = TensorScope.open()) {
                    decided.add(steps.computes(step, () -> Tensor.ofFloats(watched.get(index), 1, 3)));
                }
            }
        }
        assertThat(decided).isEqualTo(expected).contains(true, false);
    }
}
