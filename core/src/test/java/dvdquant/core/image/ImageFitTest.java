package dvdquant.core.image;

import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;

class ImageFitTest {
    static LongStream seeds() {
        return Seeds.of(20);
    }

    /** By the formula of diffusers' example, in Python. */
    @ParameterizedTest
    @CsvSource({"331, 205, 399360, 16, 800, 496", "205, 331, 399360, 16, 496, 800", "832, 480, 399360, 16, 832, 480",
            "1000, 1000, 399360, 16, 624, 624", "1920, 1080, 921600, 16, 1280, 720",
            "4000, 3000, 901120, 32, 1088, 800",
            "100000, 1, 399360, 16, 199840, 16"})
    void areaKeepsTheShape(int width, int height, long area, int multiple, int clipWidth, int clipHeight) {
        assertThat(new ImageSize(width, height).atArea(area, multiple)).isEqualTo(new ImageSize(clipWidth, clipHeight));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void givesTheClipsSize(long seed) {
        var random = Seeds.random(seed);
        RgbImage image = Images.random(seed, random.nextInt(1, 90), random.nextInt(1, 90));
        var asked = new ImageSize(16 * random.nextInt(1, 6), 16 * random.nextInt(1, 6));
        for (ImageFit fit : ImageFit.values()) {
            ImageSize clip = fit.clipSize(image, asked, 16);
            assertThat(fit.fit(image, clip).size()).isEqualTo(clip);
            assertThat(clip.width() % 16 + clip.height() % 16).isZero();
            if (fit != ImageFit.AREA) assertThat(clip).isEqualTo(asked);
        }
    }

    @Test
    void cropCutsAndStretchDoesNot() {
        RgbImage left = Images.constant(40, 20, 255, 0, 0);
        for (int y = 0; y < 20; y++) {
            left.pixels()[3 * 40 * y] = 0; // a dark column at the left edge
        }
        var square = new ImageSize(20, 20);
        assertThat(ImageFit.CROP.fit(left, square)).isEqualTo(Images.constant(20, 20, 255, 0, 0));
        assertThat(ImageFit.STRETCH.fit(left, square)).isNotEqualTo(Images.constant(20, 20, 255, 0, 0));
    }
}
