package dvdquant.video.image;

import dvdquant.core.image.Images;
import dvdquant.core.safetensors.SafetensorsFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Every kind of picture, against Pillow's reading of it: make_images.py made the files. */
class ImageFileTest {
    static final Path IMAGES = Path.of(System.getProperty("project.root", ".."))
            .resolve("video/src/test/resources/images");

    static List<String> names() {
        try (var expected = expected()) {
            return List.copyOf(expected.tensors().keySet());
        }
    }

    private static SafetensorsFile expected() {
        return SafetensorsFile.open(IMAGES.resolve("expected.safetensors"));
    }

    @ParameterizedTest
    @MethodSource("names")
    void readsAsPillowDoes(String name) {
        try (var expected = expected()) {
            assertThat(ImageFile.read(IMAGES.resolve(name))).isEqualTo(Images.stored(expected, name));
        }
    }
}
