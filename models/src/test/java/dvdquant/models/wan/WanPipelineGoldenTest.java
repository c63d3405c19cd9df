package dvdquant.models.wan;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.video.Video;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.GrayLevels;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** The whole pipeline against diffusers': 12 guided steps from the noise of seed 42, and the clip. */
@NoLeaks
class WanPipelineGoldenTest {
    private static GenerationRequest request(VideoPipeline pipeline) {
        return pipeline.request("a large red circle moves right on a plain navy background").withSteps(12).withSeed(42);
    }

    private static Latents sample(VideoPipeline pipeline) {
        return sample(pipeline, request(pipeline));
    }

    private static Latents sample(VideoPipeline pipeline, GenerationRequest request) {
        EncodedPrompt texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
        return pipeline.sample(request, texts, PipelineListener.NONE, new Cancellation());
    }

    @Test
    void trajectoryAndClipAgreeWithDiffusers() {
        try (var golden = new Golden(); var pipeline = Pipelines.open(Golden.MODEL, LoadOptions.defaults())) {
            assertThat(pipeline.dtype()).isEqualTo(ElementType.F32);
            Latents latents = sample(pipeline);
            assertThat(RelativeError.of(latents.values(), golden.floats("sample.step11"))).isLessThan(1e-3);

            Video video = pipeline.decode(latents, PipelineListener.NONE, new Cancellation());
            assertThat(GrayLevels.withinOne(video.frames(), golden.bytes("video"))).isGreaterThan(0.999);
        }
    }

    @Test
    void bf16StaysWithinTwentyDecibels() {
        try (var golden = new Golden();
                var pipeline = Pipelines.open(Golden.MODEL, LoadOptions.defaults().withDtype(ElementType.BF16))) {
            assertThat(Sqnr.db(sample(pipeline).values(), golden.floats("sample.step11"))).isGreaterThan(20);
        }
    }

    @Test
    void theShiftIsTheSchedulersUnlessOneAsksForAnother() {
        try (var pipeline = Pipelines.open(Golden.MODEL, LoadOptions.defaults())) {
            GenerationRequest request = request(pipeline).withSteps(2);
            float[] own = sample(pipeline, request).values();
            assertThat(sample(pipeline, request.with(request.sampling().withFlowShift(3))).values()).isEqualTo(own);
            assertThat(sample(pipeline, request.with(request.sampling().withFlowShift(5))).values()).isNotEqualTo(own);
        }
    }

    @Test
    void theSameSeedGivesTheSameBits() {
        try (var pipeline = Pipelines.open(Golden.MODEL, LoadOptions.defaults())) {
            GenerationRequest request = request(pipeline).withSteps(2);
            Video first = pipeline.generate(request, PipelineListener.NONE, new Cancellation());
            Video second = pipeline.generate(request, PipelineListener.NONE, new Cancellation());
            for (int i = 0; i < first.frames().size(); i++) {
                assertThat(first.frames().get(i)).isEqualTo(second.frames().get(i));
            }
        }
    }
}
