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

class SsimTest {
    static LongStream seeds() {
        return Seeds.of(3);
    }

    /** The definition as it reads: a window of 11×11 weights at each place, deviations from the mean squared. */
    private static double reference(byte[] a, byte[] b, int width, int height) {
        double total = 0;
        int places = 0;
        for (int color = 0; color < 3; color++) {
            for (int top = 0; top + 11 <= height; top++) {
                for (int left = 0; left + 11 <= width; left++) {
                    total += atPlace(a, b, width, top, left, color);
                    places++;
                }
            }
        }
        return total / places;
    }

    private static double atPlace(byte[] a, byte[] b, int width, int top, int left, int color) {
        double weights = 0;
        double meanA = 0;
        double meanB = 0;
        for (int i = 0; i < 121; i++) {
            double weight = Math.exp(-(square(i / 11 - 5) + square(i % 11 - 5)) / 4.5);
            int at = 3 * ((top + i / 11) * width + left + i % 11) + color;
            weights += weight;
            meanA += weight * (a[at] & 0xff) / 255;
            meanB += weight * (b[at] & 0xff) / 255;
        }
        meanA /= weights;
        meanB /= weights;
        double varianceA = 0;
        double varianceB = 0;
        double covariance = 0;
        for (int i = 0; i < 121; i++) {
            double weight = Math.exp(-(square(i / 11 - 5) + square(i % 11 - 5)) / 4.5) / weights;
            int at = 3 * ((top + i / 11) * width + left + i % 11) + color;
            double fromMeanA = (a[at] & 0xff) / 255.0 - meanA;
            double fromMeanB = (b[at] & 0xff) / 255.0 - meanB;
            varianceA += weight * fromMeanA * fromMeanA;
            varianceB += weight * fromMeanB * fromMeanB;
            covariance += weight * fromMeanA * fromMeanB;
        }
        return (2 * meanA * meanB + 0.0001) * (2 * covariance + 0.0009)
                / ((square(meanA) + square(meanB) + 0.0001) * (varianceA + varianceB + 0.0009));
    }

    private static double square(double x) {
        return x * x;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void followsItsDefinition(long seed) {
        var random = Seeds.random(seed);
        for (int levels : new int[]{1, 30, 255}) {
            int width = random.nextInt(11, 30);
            int height = random.nextInt(11, 30);
            Video reference = Videos.random(random.nextLong(), width, height, 2);
            Video clip = Videos.noisy(reference, random.nextLong(), levels);
            List<Double> scores = Ssim.of(clip, reference);
            for (int f = 0; f < 2; f++) {
                assertThat(scores.get(f)).as("%d×%d, noise of %d", width, height, levels).isEqualTo(
                        reference(clip.frames().get(f), reference.frames().get(f), width, height), within(1e-12));
            }
        }
    }

    @Test
    void equalClipsHaveOne() {
        Video clip = Videos.random(3, 20, 15, 2);
        assertThat(Ssim.of(clip, clip)).isEqualTo(List.of(1.0, 1.0));
        Video black = Videos.constant(11, 11, 1, 0);
        assertThat(Ssim.of(black, black).getFirst()).isEqualTo(1, within(1e-12));
    }

    @Test
    void constantClipsAreComparedByTheirMeansAlone() {
        double score = Ssim.of(Videos.constant(12, 14, 1, 255), Videos.constant(12, 14, 1, 0)).getFirst();
        assertThat(score).isEqualTo(0.0001 / 1.0001, within(1e-12));
        double a = 100 / 255.0;
        double b = 50 / 255.0;
        assertThat(Ssim.of(Videos.constant(12, 14, 1, 100), Videos.constant(12, 14, 1, 50)).getFirst())
                .isEqualTo((2 * a * b + 0.0001) / (a * a + b * b + 0.0001), within(1e-9));
    }

    @Test
    void needsFramesAsLargeAsItsWindow() {
        Video small = Videos.constant(64, 10, 1, 0);
        assertThatThrownBy(() -> Ssim.of(small, small)).isInstanceOf(InputException.class)
                .hasMessage("SSIM needs frames of 11×11 pixels or more, these are 64×10");
    }
}
