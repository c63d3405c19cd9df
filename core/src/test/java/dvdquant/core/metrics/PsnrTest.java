package dvdquant.core.metrics;

import dvdquant.core.InputException;
import dvdquant.core.testing.Seeds;
import dvdquant.core.video.Video;
import dvdquant.core.video.Videos;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class PsnrTest {
    static LongStream seeds() {
        return Seeds.of(5);
    }

    @Test
    void hasKnownValues() {
        Video black = Videos.constant(4, 3, 1, 0);
        assertThat(Psnr.of(Videos.constant(4, 3, 1, 255), black)).containsExactly(0.0);
        assertThat(Psnr.of(Videos.constant(4, 3, 1, 1), black).getFirst()).isEqualTo(48.1308, within(1e-4));
        assertThat(Psnr.of(black, black)).containsExactly(100.0);
    }

    @Test
    void countsFramesThatAreAllButEqualAsEqual() {
        Video black = Videos.constant(256, 256, 1, 0);
        byte[] dot = new byte[3 * 256 * 256];
        dot[7] = 1;
        // mse 1 / (255² · 196608) = 7.8e-11
        assertThat(Psnr.of(new Video(256, 256, List.of(dot)), black)).containsExactly(100.0);
        dot[8] = 1;
        assertThat(Psnr.of(new Video(256, 256, List.of(dot)), black).getFirst()).isEqualTo(98.0566, within(1e-3));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void followsItsDefinition(long seed) {
        Video reference = Videos.random(seed, 13, 7, 3);
        Video clip = Videos.noisy(reference, seed + 1, 20);
        List<Double> scores = Psnr.of(clip, reference);
        for (int f = 0; f < 3; f++) {
            double mse = 0;
            for (int i = 0; i < 13 * 7 * 3; i++) {
                double a = (clip.frames().get(f)[i] & 0xff) / 255.0;
                double b = (reference.frames().get(f)[i] & 0xff) / 255.0;
                mse += (a - b) * (a - b) / (13 * 7 * 3);
            }
            assertThat(scores.get(f)).isEqualTo(10 * Math.log10(1 / mse), within(1e-9));
        }
        assertThat(Psnr.of(reference, clip)).isEqualTo(scores);
    }

    @Test
    void tellsFramesApart() {
        List<Double> scores = Psnr.of(Videos.ofGrays(10, 200, 30), Videos.ofGrays(10, 0, 31));
        assertThat(scores).hasSize(3).startsWith(100.0);
        assertThat(scores.get(1)).isEqualTo(20 * Math.log10(255.0 / 200), within(1e-9));
        assertThat(scores.get(2)).isEqualTo(48.1308, within(1e-4));
    }

    @Test
    void refusesClipsOfOtherSizes() {
        Video clip = Videos.constant(16, 12, 3, 0);
        assertThatThrownBy(() -> Psnr.of(clip, Videos.constant(16, 12, 2, 0))).isInstanceOf(InputException.class)
                .hasMessage(
                        "a clip of 3 frames of 16×12 pixels cannot be compared with one of 2 frames of 16×12 pixels");
        assertThatThrownBy(() -> Psnr.of(clip, Videos.constant(12, 16, 3, 0))).isInstanceOf(InputException.class)
                .hasMessageEndingWith("3 frames of 12×16 pixels");
    }
}
