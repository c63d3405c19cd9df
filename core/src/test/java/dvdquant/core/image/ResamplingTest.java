package dvdquant.core.image;

import dvdquant.core.InputException;
import dvdquant.core.safetensors.SafetensorsFile;
import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ResamplingTest {
    private static final List<Resampling> ALL = List.of(Resampling.PILLOW_LANCZOS, Resampling.PILLOW_BICUBIC,
            Resampling.TORCHVISION_BICUBIC);

    static LongStream seeds() {
        return Seeds.of(10);
    }

    /** resampling.py made the file. */
    @ParameterizedTest
    @EnumSource
    void givesPillowsBytes(ResamplingKernel kernel) {
        var resampling = new Resampling(kernel, FixedPoint.PILLOW);
        String part = "." + kernel.name().toLowerCase(Locale.ROOT) + ".";
        Path path = Path.of(System.getProperty("project.root", ""))
                .resolve("core/src/test/resources/image/resampling.safetensors");
        try (var file = SafetensorsFile.open(path)) {
            List<String> names = file.tensors().keySet().stream().filter(name -> name.contains(part)).toList();
            assertThat(names).hasSize(21);
            for (String name : names) {
                RgbImage expected = Images.stored(file, name);
                RgbImage source = Images.stored(file, name.substring(0, name.indexOf('.')));
                assertThat(resampling.resize(source, expected.size())).as(name).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void keepsFlatColorsAndWholeSizes(long seed) {
        var random = Seeds.random(seed);
        var from = new ImageSize(random.nextInt(1, 60), random.nextInt(1, 60));
        var to = new ImageSize(random.nextInt(1, 60), random.nextInt(1, 60));
        int red = random.nextInt(256);
        RgbImage flat = Images.constant(from.width(), from.height(), red, 255, 0);
        RgbImage noise = Images.random(seed, from.width(), from.height());
        for (Resampling resampling : ALL) {
            assertThat(resampling.resize(flat, to)).isEqualTo(Images.constant(to.width(), to.height(), red, 255, 0));
            assertThat(resampling.resize(noise, from)).isEqualTo(noise);
        }
    }

    /** Weights of 16 bits and of 22 round differently, by a level at most a pass. */
    @Test
    void torchvisionIsPillowUpToALevelAPass() {
        RgbImage noise = Images.random(3, 120, 90);
        var to = new ImageSize(50, 41);
        byte[] pillow = Resampling.PILLOW_BICUBIC.resize(noise, to).pixels();
        byte[] torchvision = Resampling.TORCHVISION_BICUBIC.resize(noise, to).pixels();
        int differing = 0;
        for (int i = 0; i < pillow.length; i++) {
            int levels = Math.abs((pillow[i] & 0xff) - (torchvision[i] & 0xff));
            assertThat(levels).isLessThanOrEqualTo(2);
            if (levels > 0) differing++;
        }
        assertThat(differing).isPositive().isLessThan(pillow.length / 100);
    }

    @Test
    void refusesShapesWithoutAPlace() {
        RgbImage thread = Images.random(5, 1, 1_000_000);
        assertThatThrownBy(() -> Resampling.PILLOW_LANCZOS.resize(thread, new ImageSize(832, 480)))
                .isInstanceOf(InputException.class).hasMessageContaining("1×1000000").hasMessageContaining("832×480");
        assertThatThrownBy(() -> ImageFit.CROP.fit(thread, new ImageSize(832, 480))).isInstanceOf(InputException.class);
    }
}
