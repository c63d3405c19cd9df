package dvdquant.evaluate;

import dvdquant.core.format.ElementType;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.Fingerprint;
import dvdquant.evaluate.plan.Plan;
import dvdquant.evaluate.plan.Sample;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.GenerationRequest.ClipSize;
import dvdquant.models.pipeline.LoadOptions;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;

class SharedCalibrationTest {
    private static Fingerprint fingerprint(ElementType dtype, String device, String prompt) {
        var request = new GenerationRequest("a red circle", "", 2, 1, OptionalDouble.empty(), new ClipSize(5, 64, 64),
                42, Optional.empty(), Acceleration.defaults());
        var plan = new Plan("test", Path.of("model"), LoadOptions.defaults().withDtype(dtype), device, request, 8,
                Sample.of(List.of("a red circle"), 1, 42), List.of(Candidate.reference()));
        return new SharedCalibration(plan, List.of(prompt)).fingerprint();
    }

    @Test
    void whatWasSeenDependsOnTypeAndDevice() {
        Fingerprint usual = fingerprint(ElementType.F32, "cpu", "a blue star");
        assertThat(fingerprint(ElementType.F32, "cpu", "a blue star")).isEqualTo(usual);
        assertThat(List.of(fingerprint(ElementType.BF16, "cpu", "a blue star"),
                fingerprint(ElementType.F32, "cuda:0", "a blue star"), fingerprint(ElementType.F32, "cpu", "a ring")))
                .doesNotContain(usual).doesNotHaveDuplicates();
    }
}
