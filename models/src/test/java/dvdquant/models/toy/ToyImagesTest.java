package dvdquant.models.toy;

import dvdquant.core.InputException;
import dvdquant.core.image.ImageFit;
import dvdquant.core.image.RgbImage;
import dvdquant.models.Pipelines;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.given.AskedSize;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Prompt;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.prompts.ImageInput.Use;
import dvdquant.models.prompts.ImagePrompt;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Pictures, by what any pipeline does with them. */
@NoLeaks
class ToyImagesTest {
    @TempDir
    Path folder;

    private <T> T with(Use image, Function<VideoPipeline, T> work) throws IOException {
        Path model = ToyCheckpoint.write(folder.resolve("toy"), image);
        return Pipelines.alsoOf(List.of(new ToyFamily()), () -> {
            try (VideoPipeline pipeline = Pipelines.open(model, LoadOptions.defaults())) {
                return work.apply(pipeline);
            }
        });
    }

    private static RgbImage gray(int width, int height, int level) {
        var pixels = new byte[3 * width * height];
        Arrays.fill(pixels, (byte) level);
        return new RgbImage(width, height, pixels);
    }

    private static float[] sample(VideoPipeline pipeline, ImagePrompt images) {
        var request = pipeline.request("a ball").withSteps(2).withImages(images);
        var encoded = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
        Latents latents = pipeline.sample(request, encoded, PipelineListener.NONE, new Cancellation());
        return latents.values();
    }

    @Test
    void aClipDependsOnItsPicture() throws IOException {
        with(Use.OPTIONAL, pipeline -> {
            float[] dark = sample(pipeline, ImagePrompt.of(gray(8, 8, 20)));
            assertThat(sample(pipeline, ImagePrompt.of(gray(16, 16, 20)))).isEqualTo(dark);
            assertThat(sample(pipeline, ImagePrompt.of(gray(8, 8, 200)))).isNotEqualTo(dark);
            assertThat(sample(pipeline, ImagePrompt.NONE)).isNotEqualTo(dark);
            return null;
        });
    }

    /** The model's clips have 32 × 48 pixels, in multiples of 4. */
    @ParameterizedTest
    @CsvSource({"48, 32,   ,   , STRETCH, 48, 32", "32, 48,   ,   , STRETCH, 32, 48", "1, 1,   ,   , CROP, 36, 36",
            "100, 1,   ,   , STRETCH, 392, 4", "20, 10, 64, 40, STRETCH, 64, 40", "20, 10, 64, 40, CROP, 64, 40",
            "20, 10, 64, 40, AREA, 72, 36", "20, 10, 64,   , STRETCH, 64, 32", "20, 10,   , 40, CROP, 80, 40",
            "30, 10, 40,   , AREA, 40, 12", "100, 1, 40,   , STRETCH, 40, 4", "20, 10, 0, 40, AREA, 0, 40"})
    void theSizeFollowsThePicture(int imageWidth, int imageHeight, Integer width, Integer height, ImageFit fit,
            int clipWidth, int clipHeight) throws IOException {
        var asked = new AskedSize(OptionalInt.of(9), optional(height), optional(width));
        ClipSize size = with(Use.OPTIONAL,
                pipeline -> asked.of(pipeline, ImagePrompt.of(gray(imageWidth, imageHeight, 0)).withFit(fit)));
        assertThat(size).isEqualTo(new ClipSize(9, clipHeight, clipWidth));
    }

    private static OptionalInt optional(Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    @Test
    void withoutAPictureTheModelsOwnSizeIsTaken() throws IOException {
        var asked = new AskedSize(OptionalInt.empty(), OptionalInt.of(64), OptionalInt.empty());
        assertThat(this.<ClipSize>with(Use.OPTIONAL, pipeline -> asked.of(pipeline, ImagePrompt.NONE)))
                .isEqualTo(new ClipSize(5, 64, 48));
    }

    @Test
    void calibrationSeesThePictures() throws IOException {
        Path model = ToyCheckpoint.write(folder.resolve("toy"), Use.REQUIRED);
        Function<Prompt, float[]> seen = prompt -> Pipelines.alsoOf(List.of(new ToyFamily()),
                () -> Calibration.run(model, LoadOptions.defaults(), List.of(prompt), UnaryOperator.identity(),
                        PipelineListener.NONE, new Cancellation()).data().of("transformer").of("layers.0.up"));
        var prompt = new Prompt("a ball");
        float[] dark = seen.apply(prompt.withImages(ImagePrompt.of(gray(8, 8, 20))));
        assertThat(seen.apply(prompt.withImages(ImagePrompt.of(gray(8, 8, 200))))).isNotEqualTo(dark);
        assertThatThrownBy(() -> seen.apply(prompt)).isInstanceOf(InputException.class)
                .hasMessage("image: none, expected one: this model makes a clip of a picture");
    }
}
