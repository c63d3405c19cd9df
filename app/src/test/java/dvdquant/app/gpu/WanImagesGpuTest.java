package dvdquant.app.gpu;

import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quantize.Method;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.Gpu;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Guidance;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.prompts.ImagePrompt;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.RuledModel;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** Wan's clips of pictures on a GPU, against the reference outputs and, quantized, against the CPU. */
@Gpu
class WanImagesGpuTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"wan21-i2v", "wan21-flf2v", "wan22-i2v-a14b", "wan22-ti2v-5b", "wan22-ti2v-5b-image"})
    void trajectoriesAgree(String name) {
        Path model = RuledModel.write(name.replace("-image", ""), folder);
        LoadOptions cuda = Sampled.cuda(0, Gpu.Settings.of(AttentionMode.EXACT));
        try (var golden = Golden.ofWan(name)) {
            Sampled full = Sampled.of(model, cuda, request -> like(request, name));
            assertThat(Sqnr.db(full.values(), golden.floats("latents"))).as("f32").isGreaterThan(60);
        }
        Path quantized = Sampled.quantized(model, folder, Method.DVD_QUANT);
        Sampled onCpu = Sampled.of(quantized, LoadOptions.defaults(), request -> like(request, name).withSteps(1));
        Sampled onGpu = Sampled.of(quantized, cuda, request -> like(request, name).withSteps(1));
        assertThat(Sqnr.db(onGpu.values(), onCpu.values())).as("dB between the GPU and the CPU").isGreaterThan(30);
    }

    private static GenerationRequest like(GenerationRequest request, String name) {
        GenerationRequest like = request.withNegativePrompt("blurry").withSize(9, 128, 160).withSteps(6).withSeed(42)
                .withImages(images(name));
        return like.with(like.sampling().withGuidance(Guidance.of(4).withSecond(3.5)));
    }

    private static ImagePrompt images(String name) {
        if (name.equals("wan22-ti2v-5b")) return ImagePrompt.NONE;
        ImagePrompt images = ImagePrompt.of(Golden.picture(name + ".first"));
        return name.equals("wan21-flf2v") ? images.withLast(Golden.picture(name + ".last")) : images;
    }
}
