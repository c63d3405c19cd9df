package dvdquant.models.wan;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.core.video.Video;
import dvdquant.models.Pipelines;
import dvdquant.models.diffusion.DiffusionTransformer.Step;
import dvdquant.models.diffusion.teacache.BlockPass;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.GrayLevels;
import dvdquant.models.testing.RuledModel;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;

/** Wan2.2 T2V-A14B against diffusers': 6 steps of two transformers, guidance 4 and then 3, from the noise of seed 42, and the clip. */
@NoLeaks
class TwoExpertsGoldenTest {
    private static final String NAME = "wan22-t2v-a14b";
    private static final List<Integer> FRAMES = List.of(0, 4, 8);

    @TempDir
    static Path folder;

    private static Path model;

    @BeforeAll
    static void write() {
        model = RuledModel.write(NAME, folder);
    }

    private static GenerationRequest request(VideoPipeline pipeline) {
        GenerationRequest request = pipeline.request("a large red circle moves right on a plain navy background")
                .withNegativePrompt("blurry").withSize(9, 128, 160).withSteps(6).withSeed(42);
        return request.with(request.sampling().withGuidance(request.sampling().guidance().with(4).withSecond(3)));
    }

    @Test
    void trajectoryAndClipAgreeWithDiffusers() {
        try (var golden = Golden.ofWan(NAME); var pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            GenerationRequest request = request(pipeline);
            EncodedPrompt texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            Map<Integer, Latents> steps = new HashMap<>();
            var times = new ArrayList<Double>();
            Latents latents = pipeline.sample(request, texts, new PipelineListener() {
                @Override
                public void onStep(StepRecord step) {
                    times.add(step.timestep());
                }

                @Override
                public void onLatents(int step, Latents after) {
                    steps.put(step, after);
                }
            }, new Cancellation());
            float[] expected = golden.floats("timesteps");
            for (int i = 0; i < expected.length; i++) {
                assertThat(times.get(i)).isEqualTo(expected[i]);
            }
            assertThat(times).hasSize(expected.length);
            for (int step : List.of(0, 2, 5)) {
                assertThat(RelativeError.of(steps.get(step).values(), golden.floats("sample.step" + step)))
                        .as("step " + step).isLessThan(1e-3);
            }
            Video video = pipeline.decode(latents, PipelineListener.NONE, new Cancellation());
            assertThat(GrayLevels.withinOne(FRAMES.stream().map(video.frames()::get).toList(),
                    golden.bytes("video.frames_0_4_8"))).isGreaterThan(0.999);
        }
    }

    @Test
    void theFirstForwardsAgreeWithDiffusers() {
        try (var golden = Golden.ofWan(NAME);
                var pipeline = Pipelines.open(model, LoadOptions.defaults());
                var device = CpuDevice.open();
                var transformer = WanTransformer.open(model.resolve("transformer"), ElementType.F32, device,
                        LayerArithmetic.INTEGER);
                var _ = TensorScope.open()) {
            EncodedPrompt texts = pipeline.encode(request(pipeline), PipelineListener.NONE, new Cancellation());
            Tensor noise = golden.tensor("noise");
            var shaped = transformer.prepare(noise.shape());
            var step = new Step(golden.floats("timesteps")[0], OptionalDouble.empty(), StepActivations.none());
            Map<String, Conditioning> passes = Map.of("cond", texts.prompt(), "uncond", texts.negative().orElseThrow());
            passes.forEach((name, text) -> assertThat(golden.error(shaped.given(text, StepActivations.none())
                    .forward(noise, step, BlockPass.COMPUTE, (_, _) -> {}), "dit.first." + name))
                    .as(name).isLessThan(1e-5));
        }
    }
}
