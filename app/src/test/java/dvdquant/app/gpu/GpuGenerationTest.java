package dvdquant.app.gpu;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quantize.Method;
import dvdquant.core.video.Video;
import dvdquant.cuda.CudaSettings;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.Gpu;
import dvdquant.cuda.driver.GpuProperties;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.GrayLevels;
import dvdquant.tensor.Device;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The demo model on a GPU, against the reference outputs and against the CPU. */
@Gpu
class GpuGenerationTest {
    private static final CudaSettings OFFLOAD = new CudaSettings(AttentionMode.EXACT, true,
            Gpu.Settings.of(AttentionMode.EXACT).cache());

    private static LoadOptions cuda(AttentionMode attention) {
        return cuda(Gpu.Settings.of(attention));
    }

    private static LoadOptions cuda(CudaSettings settings) {
        return Sampled.cuda(0, settings);
    }

    private static Latents sample(Path model, LoadOptions options, int steps) {
        return Sampled.of(model, options, request -> request.withSteps(steps)).latents();
    }

    private static Latents sample(VideoPipeline pipeline, int steps) {
        return Sampled.of(pipeline, request -> request.withSteps(steps)).latents();
    }

    @Test
    void trajectoryAndClipAgreeWithDiffusers() {
        try (var golden = new Golden(); var pipeline = Pipelines.open(Golden.MODEL, cuda(AttentionMode.EXACT))) {
            Latents latents = sample(pipeline, 12);
            assertThat(sample(Golden.MODEL, cuda(OFFLOAD), 12).values()).isEqualTo(latents.values());
            assertThat(Sqnr.db(latents.values(), golden.floats("sample.step11"))).isGreaterThan(60);
            Video video = pipeline.decode(latents, PipelineListener.NONE, new Cancellation());
            assertThat(GrayLevels.withinOne(video.frames(), golden.bytes("video"))).isGreaterThan(0.99);
        }
    }

    @Test
    void bf16StaysWithinTwentyDecibels() {
        try (var golden = new Golden()) {
            Latents latents = sample(Golden.MODEL, cuda(AttentionMode.EXACT).withDtype(ElementType.BF16), 12);
            double db = Sqnr.db(latents.values(), golden.floats("sample.step11"));
            System.out.printf("bf16, 12 steps: %.1f dB%n", db);
            assertThat(db).isGreaterThan(20);
        }
    }

    @Test
    void clipsOfSeveralThreadsShareTheWeights(@TempDir Path folder) {
        Path quantized = Sampled.quantized(folder, Method.DVD_QUANT);
        try (VideoPipeline pipeline = Pipelines.open(quantized, cuda(OFFLOAD))) {
            GenerationRequest request = pipeline.request("a red circle").withSteps(4);
            var clips = Stream.generate(() -> CompletableFuture.supplyAsync(
                    () -> pipeline.generate(request, PipelineListener.NONE, new Cancellation()).frames())).limit(3)
                    .toList();
            assertThat(clips)
                    .allSatisfy(clip -> assertThat(clip.join()).containsExactlyElementsOf(clips.getFirst().join()));
        }
    }

    /** What somebody else takes of a GPU while a clip is sampled. */
    private static final class Hog implements PipelineListener, AutoCloseable {
        private final List<TensorScope.Sealed> taken = new ArrayList<>();

        @Override
        public void onProgress(Progress progress) {
            if (!(progress instanceof Progress.Sampling sampling) || sampling.done() != 1) return;
            for (long bytes = 1L << 32; bytes >= 1 << 12; bytes /= 2) {
                while (take(bytes)) {
                    // until no piece of that size is left
                }
            }
        }

        private boolean take(long bytes) {
            try (var scope = TensorScope.open()) {
                Tensor.empty(Device.cuda(0), ElementType.U8, bytes);
                taken.add(scope.seal());
                return true;
            } catch (RuntimeException _) {
                return false;
            }
        }

        @Override
        public void close() {
            taken.forEach(TensorScope.Sealed::close);
        }
    }

    @Test
    void aClipThatRunsOutOfMemoryLeavesThePipelineAsItWas() {
        try (var pipeline = Pipelines.open(Golden.MODEL, cuda(AttentionMode.EXACT))) {
            Latents expected = sample(pipeline, 3);
            GenerationRequest request = pipeline.request("a red circle").withSteps(3);
            EncodedPrompt texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            try (var hog = new Hog()) {
                assertThatThrownBy(() -> pipeline.sample(request, texts, hog, new Cancellation()))
                        .hasMessageContaining("out of memory");
            }
            assertThat(sample(pipeline, 3).values()).isEqualTo(expected.values());
        }
    }

    @Test
    void quantizedModelsAgreeWithTheCpu(@TempDir Path folder) {
        Path quantized = Sampled.quantized(folder, Method.DVD_QUANT);
        for (int steps : new int[]{1, 12}) {
            Latents expected = sample(quantized, LoadOptions.defaults(), steps);
            Latents exact = sample(quantized, cuda(AttentionMode.EXACT), steps);
            double db = Sqnr.db(exact.values(), expected.values());
            System.out.printf("W4A8 on the GPU against the CPU, %d steps: %.1f dB%n", steps, db);
            assertThat(db).isGreaterThan(steps == 1 ? 30 : 18);
            assertThat(sample(quantized, cuda(AttentionMode.EXACT), steps).values()).isEqualTo(exact.values());
            assertThat(sample(quantized, cuda(OFFLOAD), steps).values()).isEqualTo(exact.values());
        }
    }

    @Test
    void aSecondGpuGivesTheSameLatents() {
        List<GpuProperties> devices = GpuProperties.all();
        assumeTrue(devices.size() > 1, "one GPU alone");
        assumeTrue(devices.get(0).describe().equals(devices.get(1).describe()), "the first two GPUs differ");
        CudaSettings settings = Gpu.Settings.of(AttentionMode.EXACT);
        assertThat(sample(Golden.MODEL, Sampled.cuda(1, settings), 2).values())
                .isEqualTo(sample(Golden.MODEL, Sampled.cuda(0, settings), 2).values());
    }
}
