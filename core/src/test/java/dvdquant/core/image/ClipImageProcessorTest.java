package dvdquant.core.image;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ClipImageProcessorTest {
    private static final String CONFIG = """
            {"crop_size": {"height": 56, "width": 50}, "do_center_crop": true, "do_convert_rgb": true,
            "do_normalize": true, "do_rescale": true, "do_resize": true, "image_mean": [0.5, 0.25, 0],
            "image_processor_type": "CLIPImageProcessor", "image_std": [0.5, 0.25, 1], "resample": 3,
            "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 56}}""";

    @TempDir
    Path folder;

    private ClipImageProcessor of(String json) throws IOException {
        return ClipImageProcessor.of(JsonFile.read(Files.writeString(folder.resolve("config.json"), json)));
    }

    @Test
    void readsItsConfiguration() throws IOException {
        ClipImageProcessor processor = of(CONFIG);
        assertThat(processor.shortestEdge()).isEqualTo(56);
        assertThat(processor.crop()).isEqualTo(new ImageSize(50, 56));
        assertThat(processor.normalization().mean()).isEqualTo(List.of(0.5f, 0.25f, 0f));
    }

    @Test
    void normalizesTheMiddleOfAnyShape() throws IOException {
        ClipImageProcessor processor = of(CONFIG);
        for (var size : List.of(new ImageSize(331, 205), new ImageSize(20, 90), new ImageSize(56, 56))) {
            RgbImage flat = Images.constant(size.width(), size.height(), 255, 0, 51);
            float[] values = processor.pixelValues(flat);
            assertThat(values).hasSize(3 * 56 * 50);
            assertThat(List.of(values[0], values[56 * 50], values[2 * 56 * 50 + 7])).containsExactly(1f, -1f, 0.2f);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"\"resample\": 3; \"resample\": 2; resample",
            "\"do_resize\": true; \"do_resize\": false; do_resize", "0.00392156862745098; 0.5; rescale_factor",
            "\"height\": 56; \"height\": 57; crop_size", "[0.5, 0.25, 1]; [0.5, 0.25, 0]; image_std",
            "[0.5, 0.25, 0]; [0.5]; image_mean", "\"shortest_edge\"; \"height\"; shortest_edge",
            "CLIPImageProcessor; SiglipImageProcessor; image_processor_type",
            "\"image_processor_type\"; \"feature_extractor_type\"; image_processor_type"})
    void refusesWhatItDoesNotDo(String part, String other, String named) {
        assertThatThrownBy(() -> of(CONFIG.replace(part, other))).isInstanceOf(InputException.class)
                .hasMessageContaining("config.json").hasMessageContaining(named);
    }
}
