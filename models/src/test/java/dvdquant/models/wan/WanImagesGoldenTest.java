package dvdquant.models.wan;

import dvdquant.core.metrics.RelativeError;
import dvdquant.core.video.Video;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Guidance;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.prompts.ImagePrompt;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.GrayLevels;
import dvdquant.models.testing.RuledModel;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** Whole pipelines of the layouts that take pictures against diffusers': what comes of the pictures, 6 guided steps, and the clip. */
@NoLeaks
class WanImagesGoldenTest {
    private static final List<Integer> FRAMES = List.of(0, 4, 8);

    @TempDir
    Path folder;

    private static GenerationRequest request(VideoPipeline pipeline, String name) {
        GenerationRequest request = pipeline.request("a large red circle moves right on a plain navy background")
                .withNegativePrompt("blurry").withSize(9, 128, 160).withSteps(6).withSeed(42);
        return request.withImages(images(name))
                .with(request.sampling().withGuidance(guidance(name)));
    }

    private static Guidance guidance(String name) {
        return name.equals("wan22-i2v-a14b") ? Guidance.of(4).withSecond(3.5) : Guidance.of(4);
    }

    private static ImagePrompt images(String name) {
        if (name.equals("wan22-ti2v-5b")) return ImagePrompt.NONE;
        ImagePrompt images = ImagePrompt.of(Golden.picture(name + ".first"));
        return name.equals("wan21-flf2v") ? images.withLast(Golden.picture(name + ".last")) : images;
    }

    @ParameterizedTest
    @ValueSource(strings = {"wan21-i2v", "wan21-flf2v", "wan22-i2v-a14b", "wan22-ti2v-5b", "wan22-ti2v-5b-image"})
    void trajectoryAndClipAgreeWithDiffusers(String name) {
        Path model = RuledModel.write(name.replace("-image", ""), folder);
        try (var golden = Golden.ofWan(name); var pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            GenerationRequest request = request(pipeline, name);
            EncodedPrompt prompt = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            requireParts(prompt.prompt(), golden);
            requireParts(prompt.negative().orElseThrow(), golden);

            Map<Integer, Latents> steps = new HashMap<>();
            Latents latents = pipeline.sample(request, prompt, new PipelineListener() {
                @Override
                public void onLatents(int step, Latents after) {
                    steps.put(step, after);
                }
            }, new Cancellation());
            int first = name.endsWith("image") ? 1 : 0; // the reference puts frame 0 back at the end only
            for (int step : List.of(0, 2, 5)) {
                assertThat(error(steps.get(step), golden, "sample.step" + step, first)).as("step " + step)
                        .isLessThan(1e-3);
            }
            assertThat(error(latents, golden, "latents", 0)).isLessThan(1e-3);
            Video video = pipeline.decode(latents, PipelineListener.NONE, new Cancellation());
            assertThat(GrayLevels.withinOne(FRAMES.stream().map(video.frames()::get).toList(),
                    golden.bytes("video.frames_0_4_8"))).isGreaterThan(0.999);
        }
    }

    private static void requireParts(Conditioning made, Golden golden) {
        ImageParts parts = ImageParts.of(made);
        try (var _ = TensorScope.open()) {
            golden.find("image.condition").ifPresent(_ -> assertThat(golden.error(
                    parts.condition().or(parts::firstFrame).orElseThrow().tensor(), "image.condition"))
                    .isLessThan(1e-4));
            golden.find("image.embeds").ifPresent(_ -> assertThat(
                    golden.error(parts.states().orElseThrow().tensor(), "image.embeds")).isLessThan(1e-5));
        }
    }

    /** @param first of the frames that are compared */
    private static double error(Latents latents, Golden golden, String name, int first) {
        try (var _ = TensorScope.open()) {
            Tensor values = Tensor.ofFloats(latents.values(), latents.shape().dims());
            long frames = values.dim(2) - first;
            return RelativeError.of(values.narrow(2, first, frames).contiguous().toFloats(),
                    golden.tensor(name).narrow(2, first, frames).contiguous().toFloats());
        }
    }
}
