package dvdquant.models.wan;

import dvdquant.core.InputException;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.SampledSteps;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.StepRecord.Forward;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** Bits over the steps and skipped forwards, on the demo model with 4-bit weights. */
@NoLeaks
class WanAccelerationTest {
    private static final String PROMPT = "a small blue star orbits the center on a plain gray background";

    @TempDir
    static Path folder;

    private static Path model;

    @BeforeAll
    static void quantize() {
        model = folder.resolve("quantized");
        new Quantizer(Method.DVD_QUANT.recipe(4), Pipelines.quantizedLayers(Golden.MODEL), 2, false).run(
                Golden.MODEL.toAbsolutePath(), model,
                (_, _) -> {});
    }

    /** A model with one prompt encoded, and what its samplings told. */
    private static final class Runs implements PipelineListener, AutoCloseable {
        final VideoPipeline pipeline;
        final GenerationRequest request;
        final EncodedPrompt texts;
        final List<StepRecord> steps = new ArrayList<>();
        final List<String> warnings = new ArrayList<>();
        List<Boolean> skipSchedule = List.of();

        Runs(int steps) {
            pipeline = Pipelines.open(model, LoadOptions.defaults());
            request = pipeline.request(PROMPT).withSteps(steps).withSeed(7).withSize(5, 64, 64);
            texts = pipeline.encode(pipeline.request(PROMPT), PipelineListener.NONE, new Cancellation());
        }

        float[] sample(Acceleration acceleration) {
            steps.clear();
            return pipeline.sample(request.with(acceleration), texts, this, new Cancellation()).values();
        }

        float[] sample(BitPlan activations) {
            return sample(Acceleration.defaults().withActivations(activations));
        }

        SampledSteps sampled() {
            return new SampledSteps(steps);
        }

        @Override
        public void onStep(StepRecord step) {
            steps.add(step);
        }

        @Override
        public void onSkipSchedule(List<Boolean> computed) {
            skipSchedule = computed;
        }

        @Override
        public void onWarning(String warning) {
            warnings.add(warning);
        }

        @Override
        public void close() {
            pipeline.close();
        }
    }

    @Test
    void switchingBetweenTheSameBitsChangesNothing() {
        try (var runs = new Runs(6)) {
            float[] high = runs.sample(new BitPlan.Fixed(8));
            assertThat(runs.sample(new BitPlan.Delta(0))).isEqualTo(high);
            assertThat(runs.sample(new BitPlan.Pattern("888888"))).isEqualTo(high);
            float[] low = runs.sample(new BitPlan.Fixed(4));
            assertThat(low).isNotEqualTo(high);
            assertThat(runs.sample(new BitPlan.Pattern("444444"))).isEqualTo(low);
            assertThat(runs.sample(new BitPlan.Delta(Double.POSITIVE_INFINITY)))
                    .isEqualTo(runs.sample(new BitPlan.Pattern("884448")));
            assertThat(runs.sample(new BitPlan.Average(6))).isEqualTo(runs.sample(new BitPlan.Average(6)));
            assertThat(runs.sampled().averageBits()).hasValue(6);
        }
    }

    @Test
    void reportsTheChangesOfTheOutput() {
        try (var runs = new Runs(4)) {
            runs.sample(new BitPlan.Delta(.1));
            assertThat(runs.steps).extracting(StepRecord::step).containsExactly(0, 1, 2, 3);
            assertThat(runs.steps.getFirst().change()).isEmpty();
            assertThat(runs.steps.subList(1, 4)).allMatch(s -> s.change().getAsDouble() > 0);
            assertThat(runs.steps.get(2).delta()).hasValue(.1);
            assertThat(runs.steps.get(3).delta()).isEmpty();
            assertThat(runs.steps).allMatch(s -> s.forwards().equals(List.of(Forward.COMPUTED, Forward.COMPUTED)));
            assertThat(runs.sampled().computedForwards()).isEqualTo(8);
        }
    }

    private static Acceleration skippingBelow(double threshold) {
        return Acceleration.defaults().withCache(new TeaCache(OptionalDouble.of(threshold), Optional.empty()));
    }

    @Test
    void aThresholdOfZeroIsNoCacheAndNothingReachesTheNextClip() {
        try (var runs = new Runs(20)) {
            float[] without = runs.sample(Acceleration.defaults());
            float[] skipping = runs.sample(skippingBelow(.1));
            SampledSteps sampled = runs.sampled();
            assertThat(sampled.schedule()).startsWith("8").endsWith("8").contains("-");
            assertThat(sampled.skippedForwards())
                    .isEqualTo(2 * sampled.schedule().chars().filter(c -> c == '-').count())
                    .isPositive();
            assertThat(sampled.skippedForwards()).isEqualTo(2 * sampled.skippedSteps());
            assertThat(sampled.averageBits()).hasValue(8);
            assertThat(runs.skipSchedule).isEqualTo(runs.steps.stream().map(s -> s.computed() > 0).toList());
            assertThat(runs.steps).filteredOn(s -> s.computed() == 0)
                    .allMatch(s -> s.activationBits() == 0 && s.change().isEmpty() && s.delta().isEmpty());
            assertThat(Sqnr.db(skipping, without)).isBetween(12.0, 80.0);
            assertThat(runs.sample(skippingBelow(.1))).isEqualTo(skipping);
            assertThat(runs.sample(skippingBelow(0))).isEqualTo(without);
            assertThat(runs.sample(Acceleration.defaults())).isEqualTo(without);
            assertThat(runs.warnings).singleElement().asString().contains("with 20 each skipped step costs");
        }
    }

    @Test
    void bothTogetherAverageOverTheComputedSteps() {
        try (var runs = new Runs(16)) {
            runs.sample(new Acceleration(new BitPlan.Average(6), Optional.empty(),
                    Optional.of(new TeaCache(OptionalDouble.of(.2), Optional.of(true)))));
            SampledSteps sampled = runs.sampled();
            assertThat(sampled.schedule()).startsWith("88").contains("-").contains("4");
            assertThat(runs.steps.subList(0, 5)).allMatch(s -> s.computed() == 2);
            assertThat(sampled.averageBits().orElseThrow()).isCloseTo(6,
                    within(2.0 / (sampled.computedForwards() / 2) + 1e-9));
        }
    }

    @Test
    void unquantizedActivationsAndOtherScalesAreLoadedAnew() {
        try (var runs = new Runs(4)) {
            float[] integer = runs.sample(new BitPlan.Fixed(8));
            float[] full = runs.sample(new BitPlan.Full());
            assertThat(runs.sampled().schedule()).isEqualTo("FFFF");
            assertThat(Sqnr.db(integer, full)).isGreaterThan(15);
            var scales = Acceleration.defaults().withScales(new ActivationScales.PerChannelToken());
            assertThat(Sqnr.db(runs.sample(scales), full)).isGreaterThan(15);
            assertThat(runs.sample(new BitPlan.Fixed(8))).isEqualTo(integer);
        }
    }

    @Test
    void whatTheModelCannotTakeIsAnError() {
        try (var pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            GenerationRequest request = pipeline.request(PROMPT).withSteps(4);
            assertThatThrownBy(() -> pipeline.check(request.withActivations(new BitPlan.Pattern("484"))))
                    .isInstanceOf(InputException.class)
                    .hasMessage("bit schedule 484: 3 digits for 4 steps, expected one a step");
            assertThatThrownBy(() -> pipeline
                    .check(request.with(Acceleration.defaults()
                            .withCache(new TeaCache(OptionalDouble.empty(), Optional.empty())))))
                    .isInstanceOf(InputException.class).hasMessageContaining("expected one, such as");
            assertThatThrownBy(() -> pipeline.check(request.with(
                    Acceleration.defaults().withScales(new ActivationScales.PerBlock(96)))))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("activation scales 'block:96': layer 'blocks.");
        }
    }
}
