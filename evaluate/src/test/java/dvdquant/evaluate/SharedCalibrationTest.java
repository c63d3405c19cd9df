package dvdquant.evaluate;

import dvdquant.core.contents.Fingerprint;
import dvdquant.core.format.ElementType;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.Plan;
import dvdquant.evaluate.plan.Sample;
import dvdquant.models.given.GivenPrompt;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Guidance;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.Prompt;
import dvdquant.models.pipeline.Sampling;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class SharedCalibrationTest {
    private static Fingerprint fingerprint(ElementType dtype, String device, String prompt) {
        var request = new GenerationRequest(new Prompt("a red circle"), new ClipSize(5, 64, 64),
                new Sampling(2, Guidance.of(1)).withSeed(42), Acceleration.defaults());
        var plan = new Plan("test", Path.of("model"), LoadOptions.defaults().withDtype(dtype), device, request, 8,
                Sample.of(List.of("a red circle"), 1, 42), List.of(Candidate.reference()));
        return new SharedCalibration(plan, List.of(new GivenPrompt(prompt))).fingerprint();
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
