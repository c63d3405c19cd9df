package dvdquant.models.hunyuan;

import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.models.Pipelines;
import dvdquant.models.diffusion.ModelRecipe;
import dvdquant.models.diffusion.teacache.TeaCacheRule;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.SampledSteps;
import dvdquant.models.pipeline.StepRecord;
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
import static org.assertj.core.api.Assertions.within;

/** Skipped forwards, which depend on the latents, and bits over the steps, on the demo model with 4-bit weights. */
@NoLeaks
class HunyuanVideoAccelerationTest {
    @TempDir
    static Path folder;

    private static Path model;

    @BeforeAll
    static void quantize() {
        model = folder.resolve("quantized");
        ModelRecipe recipe = Pipelines.recipe(Golden.HUNYUAN_VIDEO, Method.DVD_QUANT.recipe(4));
        new Quantizer(recipe.recipe(), recipe.layers(), 2, false).run(Golden.HUNYUAN_VIDEO.toAbsolutePath(), model,
                (_, _) -> {});
    }

    /** A model with texts encoded, and what its samplings told. */
    private static final class Runs implements PipelineListener, AutoCloseable {
        final VideoPipeline pipeline = Pipelines.open(model, LoadOptions.defaults());
        final GenerationRequest request = pipeline
                .request("a small yellow star spins in place on a plain gray background")
                .withNegativePrompt("a large red circle").withSteps(20).withSeed(7).withSize(5, 64, 64);
        final List<StepRecord> steps = new ArrayList<>();
        final List<List<Boolean>> schedules = new ArrayList<>();

        float[] sample(GenerationRequest of, Acceleration acceleration) {
            steps.clear();
            EncodedPrompt texts = pipeline.encode(of, PipelineListener.NONE, new Cancellation());
            return pipeline.sample(of.with(acceleration), texts, this, new Cancellation()).values();
        }

        String schedule() {
            return new SampledSteps(steps).schedule();
        }

        @Override
        public void onStep(StepRecord step) {
            steps.add(step);
        }

        @Override
        public void onSkipSchedule(List<Boolean> computed) {
            schedules.add(computed);
        }

        @Override
        public void close() {
            pipeline.close();
        }
    }

    private static Acceleration skippingBelow(double threshold, BitPlan activations) {
        return new Acceleration(activations, Optional.empty(),
                Optional.of(new TeaCache(OptionalDouble.of(threshold), Optional.empty())));
    }

    @Test
    void skipsWhereTheModulatedLatentsHaveHardlyChanged() {
        var a8 = new BitPlan.Fixed(8);
        try (var runs = new Runs()) {
            float[] without = runs.sample(runs.request, Acceleration.defaults().withActivations(a8));
            float[] skipping = runs.sample(runs.request, skippingBelow(.15, a8));
            String schedule = runs.schedule();
            assertThat(schedule).startsWith("8").endsWith("8").contains("-");
            assertThat(runs.schedules).isEmpty(); // nobody knows it beforehand
            assertThat(runs.steps).filteredOn(s -> s.computed() == 0).allMatch(s -> s.activationBits() == 0
                    && s.change().isEmpty());
            assertThat(Sqnr.db(skipping, without)).isBetween(20.0, 80.0);
            assertThat(runs.sample(runs.request, skippingBelow(.15, a8))).isEqualTo(skipping);
            assertThat(runs.schedule()).isEqualTo(schedule);
            assertThat(runs.sample(runs.request, skippingBelow(0, a8))).isEqualTo(without);
        }
    }

    /** The second pass decides by itself. */
    @Test
    void bothPassesOfATrueGuidanceAreSkipped() {
        try (var runs = new Runs()) {
            runs.sample(runs.request.withTrueGuidance(3), skippingBelow(.15, new BitPlan.Fixed(8)));
            assertThat(runs.steps).allMatch(step -> step.forwards().size() == 2);
            assertThat(new SampledSteps(runs.steps).skippedForwards()).isPositive();
            assertThat(runs.steps).filteredOn(step -> step.computed() > 0).allMatch(step -> step.activationBits() == 8);
        }
    }

    @Test
    void bitsAverageOverTheStepsThatTurnOutToBeComputed() {
        try (var runs = new Runs()) {
            runs.sample(runs.request, skippingBelow(.1, new BitPlan.Average(6)));
            var sampled = new SampledSteps(runs.steps);
            assertThat(sampled.schedule()).contains("-").contains("4").startsWith("8").endsWith("8");
            assertThat(sampled.averageBits().orElseThrow()).isCloseTo(6, within(.5));
            runs.sample(runs.request, skippingBelow(.1, new BitPlan.Delta(.1)));
            assertThat(runs.schedule()).contains("-").endsWith("8");
        }
    }

    @Test
    void thePublishedModelHasItsOwnCoefficientsAndThreshold() {
        TeaCacheRule own = HunyuanVideoTeaCache.of(new TeaCache(OptionalDouble.empty(), Optional.empty()),
                HunyuanVideoConfig.PUBLISHED).rule();
        assertThat(own.coefficients()).startsWith(7.33226126e2).hasSize(5);
        assertThat(own.threshold()).isEqualTo(.15);
        HunyuanVideoConfig demo = HunyuanVideoConfig.read(Golden.HUNYUAN_VIDEO.resolve("transformer"));
        assertThat(HunyuanVideoTeaCache.of(new TeaCache(OptionalDouble.of(.2), Optional.of(false)), demo).rule())
                .isEqualTo(new TeaCacheRule(TeaCacheRule.IDENTITY, .2, 1, true));
    }
}
