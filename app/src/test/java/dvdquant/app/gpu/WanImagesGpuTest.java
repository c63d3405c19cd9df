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

/** Wan's other layouts on a GPU: pictures, two transformers, a time for each token, against the reference outputs and against the CPU. */
@Gpu
class WanImagesGpuTest {
    @TempDir
    Path folder;

    private static GenerationRequest asked(GenerationRequest request, String name) {
        Guidance guidance = Guidance.of(4);
        return request.withNegativePrompt("blurry").withSize(9, 128, 160).withSteps(6).withImages(images(name))
                .with(request.sampling().withSteps(6).withGuidance(switch (name) {
                    case "wan22-t2v-a14b" -> guidance.withSecond(3);
                    case "wan22-i2v-a14b" -> guidance.withSecond(3.5);
                    default -> guidance;
                }));
    }

    private static ImagePrompt images(String name) {
        if (name.equals("wan22-ti2v-5b") || name.equals("wan22-t2v-a14b")) return ImagePrompt.NONE;
        ImagePrompt images = ImagePrompt.of(Golden.picture(name + ".first"));
        return name.equals("wan21-flf2v") ? images.withLast(Golden.picture(name + ".last")) : images;
    }

    @ParameterizedTest
    @ValueSource(strings = {"wan21-i2v", "wan21-flf2v", "wan22-t2v-a14b", "wan22-i2v-a14b", "wan22-ti2v-5b",
            "wan22-ti2v-5b-image"})
    void theTrajectoryAgreesWithDiffusersAndWithTheCpu(String name) {
        Path model = RuledModel.write(name.replace("-image", ""), folder);
        LoadOptions cuda = Sampled.cuda(0, Gpu.Settings.of(AttentionMode.EXACT));
        try (var golden = Golden.ofWan(name)) {
            Sampled exact = Sampled.of(model, cuda, request -> asked(request, name));
            assertThat(Sqnr.db(exact.values(), golden.floats("latents"))).as("f32").isGreaterThan(60);
        }
        Path quantized = Sampled.quantized(model, folder, Method.DVD_QUANT);
        Sampled expected = Sampled.of(quantized, LoadOptions.defaults(), request -> asked(request, name));
        Sampled found = Sampled.of(quantized, cuda, request -> asked(request, name));
        double db = Sqnr.db(found.values(), expected.values());
        System.out.printf("%s in W4A8: %.1f dB from the CPU%n", name, db);
        assertThat(found.steps().schedule()).as("bits of the steps").isEqualTo(expected.steps().schedule());
        assertThat(db).as("dB between the GPU and the CPU").isGreaterThan(18);
    }
}
