package dvdquant.models.survey;

import dvdquant.core.InputException;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quantize.ChannelMaxima;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Prompt;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalInt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Two steps of the demo model. */
@NoLeaks
class ActivationSurveyTest {
    private static final List<Prompt> PROMPT = List.of(
            new Prompt("a large red circle moves right on a plain navy background"));

    private static ActivationSurvey.Request request(Rotation rotation) {
        return new ActivationSurvey.Request(Golden.MODEL, PROMPT, OptionalInt.of(2), 5, OptionalInt.empty(), rotation);
    }

    @Test
    void theMaximaAreThoseOfACalibration() {
        ActivationSurvey survey = ActivationSurvey.run(request(new Rotation.Blocks(128, 0)), PipelineListener.NONE,
                new Cancellation());
        ChannelMaxima calibrated = Calibration
                .run(Golden.MODEL, LoadOptions.defaults(), PROMPT, request -> request.withSteps(2).withSeed(5),
                        PipelineListener.NONE,
                        new Cancellation())
                .data().of("transformer");
        assertThat(survey.layers()).as("of 10 layers of a block, 3 and 2 share an input").hasSize(8 * 7);
        for (LayerActivations input : survey.layers()) {
            for (LayerName layer : input.layers()) {
                assertThat(input.asIs().highest()).as(layer.full()).isEqualTo(calibrated.of(layer.full()));
            }
        }
        LayerActivations first = survey.layers().getFirst();
        assertThat(first.kind()).isEqualTo("attn1.to_q, to_k, to_v");
        assertThat(first.asIs().largest()).hasSize(2);
        assertThat(first.tokenSpread()).hasSize(2);
        assertThat(first.largestTokenSpread()).isGreaterThan(1).isEqualTo(
                Math.max(first.tokenSpread()[0], first.tokenSpread()[1]));
        assertThat(survey.layers()).as("a rotation spreads most outliers")
                .filteredOn(layer -> layer.rotated().outlierRatio() < layer.asIs().outlierRatio())
                .hasSizeGreaterThan(survey.layers().size() * 3 / 4);
        assertThat(survey.runs()).hasSize(1);
        assertThat(survey.runs().getFirst().steps()).extracting(step -> step.change().isPresent())
                .containsExactly(false, true);
    }

    @Test
    void rotationsThatDoNotFitAreRefusedBeforeAnythingIsSampled() {
        assertThatThrownBy(() -> ActivationSurvey.run(request(new Rotation.Blocks(512, 0)), PipelineListener.NONE,
                new Cancellation())).isInstanceOf(InputException.class)
                .hasMessageContaining("block of 512 does not divide 256 columns");
    }
}
