package dvdquant.video.image;

import dvdquant.core.image.ChannelNormalization;
import dvdquant.core.image.ClipImageProcessor;
import dvdquant.core.image.ImageFit;
import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;
import dvdquant.core.json.JsonFile;
import dvdquant.core.safetensors.SafetensorsFile;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A picture of 331×205 pixels as diffusers' VideoProcessor and transformers' CLIPImageProcessor make it fit the small Wan2.1 I2V of
 * golden_wan_more.py (of the module models), whose picture, two of whose tensors and whose configuration these files are.
 */
class ImageGoldenTest {
    private static final Path GOLDEN = Path.of(System.getProperty("project.root", ".."))
            .resolve("video/src/test/resources/golden");

    private final RgbImage image = ImageFile.read(GOLDEN.resolve("wan21-i2v.resize.png"));

    @Test
    void theFirstFrameIsDiffusers() {
        ImageSize clip = ImageFit.STRETCH.clipSize(image, new ImageSize(160, 128), 16);
        float[] frame = ChannelNormalization.SYMMETRIC.apply(ImageFit.STRETCH.fit(image, clip));
        assertThat(frame).isEqualTo(golden("resize.video_processor"));
    }

    @Test
    void theEncodersImageIsTransformers() {
        var processor = ClipImageProcessor.of(JsonFile.read(GOLDEN.resolve("preprocessor_config.json")));
        assertThat(processor.pixelValues(image)).usingComparatorWithPrecision(1e-6f)
                .containsExactly(golden("resize.image_processor"));
    }

    private static float[] golden(String name) {
        try (var file = SafetensorsFile.open(GOLDEN.resolve("wan21-i2v.resize.safetensors"))) {
            return file.tensor(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        }
    }
}
