package dvdquant.models.wan;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.models.Pipelines;
import dvdquant.models.nn.FiniteGuard;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.Poison;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Optional;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@NoLeaks
class FiniteGuardTest {
    @Test
    void namesTheFirstLayerThatReadsANan() {
        try (var pipeline = Pipelines.open(Golden.MODEL, LoadOptions.defaults().withObserver(new FiniteGuard()))) {
            GenerationRequest request = pipeline.request("a red circle").withSteps(1).withSize(5, 64, 64);
            EncodedPrompt texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            Latents clean = pipeline.sample(request, texts, PipelineListener.NONE, new Cancellation());
            Shape shape = clean.shape();
            var noise = new float[(int) shape.elements()];
            noise[noise.length / 2] = Float.NaN;
            assertThatThrownBy(() -> pipeline.sample(
                    request.with(request.sampling().withInitialLatents(new Latents(shape, noise))), texts,
                    PipelineListener.NONE, new Cancellation())).isInstanceOf(IllegalStateException.class)
                    .hasMessage("layer 'patch_embedding' reads a NaN or Inf");
            assertThat(pipeline.sample(request, texts, PipelineListener.NONE, new Cancellation()).values())
                    .isEqualTo(clean.values());
        }
    }

    /** Through norms, attention, GELU and residuals. */
    @ParameterizedTest
    @CsvSource({"patch_embedding, blocks.0.attn1.to_q", "blocks.2.attn1.to_q, blocks.2.attn1.to_out.0",
            "blocks.2.attn1.to_v, blocks.2.attn1.to_out.0", "blocks.2.attn1.to_out.0, blocks.2.attn2.to_q",
            "blocks.3.ffn.net.0.proj, blocks.3.ffn.net.2", "blocks.7.ffn.net.2, proj_out"})
    void namesTheLayerThatReadsWhatAnotherGave(String poisoned, String reader) {
        try (var pipeline = Pipelines.open(Golden.MODEL, LoadOptions.defaults().withObserver(new Poison(poisoned)))) {
            GenerationRequest request = pipeline.request("a red circle").withSteps(1).withSize(5, 64, 64);
            EncodedPrompt texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            assertThatThrownBy(() -> pipeline.sample(request, texts, PipelineListener.NONE, new Cancellation()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("layer '" + reader + "' reads a NaN or Inf");
        }
    }

    /** What TeaCache watches is computed in F32, by layers that the guard sees too. */
    @Test
    void changesNothingOfWhatTeaCacheWatchesInBf16() {
        LoadOptions options = LoadOptions.defaults().withDtype(ElementType.BF16);
        try (var plain = Pipelines.open(Golden.MODEL, options);
                var guarded = Pipelines.open(Golden.MODEL, options.withObserver(new FiniteGuard()))) {
            assertThat(withRetSteps(guarded)).isEqualTo(withRetSteps(plain));
        }
    }

    private static float[] withRetSteps(VideoPipeline pipeline) {
        GenerationRequest request = pipeline.request("a red circle").withSteps(8).withSize(5, 64, 64)
                .with(Acceleration.defaults().withCache(new TeaCache(OptionalDouble.of(.2), Optional.of(true))));
        EncodedPrompt texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
        return pipeline.sample(request, texts, PipelineListener.NONE, new Cancellation()).values();
    }
}
