package dvdquant.models.hunyuan;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.video.Video;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Guidance;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.GrayLevels;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The whole pipeline against diffusers': 12 steps from the noise of seed 42 with an embedded guidance of 6, and the clip. */
@NoLeaks
class HunyuanVideoPipelineGoldenTest {
    private static final String PROMPT = "a large red circle moves right on a plain navy background";

    private static Latents sample(VideoPipeline pipeline, GenerationRequest request) {
        EncodedPrompt texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
        return pipeline.sample(request, texts, PipelineListener.NONE, new Cancellation());
    }

    private static GenerationRequest request(VideoPipeline pipeline) {
        return pipeline.request(PROMPT).withSteps(12).withSeed(42);
    }

    @Test
    void trajectoryAndClipAgreeWithDiffusers() {
        try (var golden = Golden.ofHunyuanVideo();
                var pipeline = Pipelines.open(Golden.HUNYUAN_VIDEO, LoadOptions.defaults())) {
            assertThat(pipeline.dtype()).isEqualTo(ElementType.F32);
            assertThat(request(pipeline).sampling().guidance()).isEqualTo(Guidance.embedded(6));
            Latents latents = sample(pipeline, request(pipeline));
            assertThat(RelativeError.of(latents.values(), golden.floats("sample.step11"))).isLessThan(1e-3);

            Video video = pipeline.decode(latents, PipelineListener.NONE, new Cancellation());
            assertThat(GrayLevels.withinOne(video.frames(), golden.bytes("video"))).isGreaterThan(0.999);
        }
    }

    @Test
    void bf16StaysWithinTwentyDecibels() {
        try (var golden = Golden.ofHunyuanVideo();
                var pipeline = Pipelines.open(Golden.HUNYUAN_VIDEO,
                        LoadOptions.defaults().withDtype(ElementType.BF16))) {
            assertThat(Sqnr.db(sample(pipeline, request(pipeline)).values(), golden.floats("sample.step11")))
                    .isGreaterThan(20);
        }
    }

    /** Of the negative prompt and the prompt: u + 2 (c − u), u and c the flows of one step from the same noise. */
    @Test
    void trueGuidanceIsASecondPassBesideTheInput() {
        try (var pipeline = Pipelines.open(Golden.HUNYUAN_VIDEO, LoadOptions.defaults())) {
            GenerationRequest one = request(pipeline).withSteps(1);
            String negative = "a small blue square";
            float[] noise = noise();
            float[] prompted = sample(pipeline, one).values();
            float[] unprompted = sample(pipeline, pipeline.request(negative).withSteps(1).withSeed(42)).values();
            float[] guided = sample(pipeline, one.withNegativePrompt(negative).withTrueGuidance(2)).values();
            var expected = new float[noise.length];
            for (int i = 0; i < noise.length; i++) {
                expected[i] = unprompted[i] + 2 * (prompted[i] - unprompted[i]);
            }
            assertThat(RelativeError.of(guided, expected)).isLessThan(1e-5);
            assertThat(guided).isNotEqualTo(prompted);
            assertThat(sample(pipeline, one.withTrueGuidance(1)).values()).isEqualTo(prompted);
        }
        try (var wan = Pipelines.open(Golden.MODEL, LoadOptions.defaults())) {
            assertThatThrownBy(() -> wan.request(PROMPT).withTrueGuidance(2)).isInstanceOf(InputException.class)
                    .hasMessageContaining("this model takes no guidance as an input");
        }
    }

    private static float[] noise() {
        try (var golden = Golden.ofHunyuanVideo()) {
            return golden.floats("noise");
        }
    }
}
