package dvdquant.video;

import dvdquant.core.video.Video;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

import static org.assertj.core.api.Assertions.assertThat;

class VideoRoundTripTest {
    private static final double LOSSLESS = Double.POSITIVE_INFINITY;

    @TempDir
    Path folder;

    private Clip roundTrip(Video video, int fps, String name) {
        VideoTarget target = VideoTarget.parse(folder + "/out/" + name);
        VideoWriter.write(video, fps, target);
        return VideoReader.read(target.path());
    }

    private static void assertSimilar(Video expected, Video actual, double floorDb) {
        assertThat(actual.frames()).hasSameSizeAs(expected.frames());
        assertThat(actual.width()).isEqualTo(expected.width());
        assertThat(actual.height()).isEqualTo(expected.height());
        assertThat(Clips.worstPsnr(expected, actual)).isGreaterThanOrEqualTo(floorDb);
    }

    /** At the circle's hard red edge the halved color resolution of MP4 and WebM alone costs all but 36 dB. */
    @ParameterizedTest
    @CsvSource({"a.mp4, 35", "a.webm, 35", "a.gif, 35", "a.apng, Infinity", "frames/, Infinity"})
    void keepsHardEdges(String name, double floorDb) {
        Video video = Clips.moving(128, 128, 17);
        assertSimilar(video, roundTrip(video, 16, name).video(), floorDb);
    }

    @ParameterizedTest
    @CsvSource({"a.mp4, 128, 128", "a.webm, 128, 128", "a.mp4, 832, 480", "a.webm, 832, 480"})
    void softContentIsNearlyPerfect(String name, int width, int height) {
        Video video = Clips.waves(width, height, 5);
        assertSimilar(video, roundTrip(video, 16, name).video(), 40);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.mp4", "a.webm", "a.gif", "a.apng"})
    void keepsFrameRateAndCount(String name) {
        for (int fps : new int[]{8, 16, 24}) {
            Clip clip = roundTrip(Clips.moving(64, 48, 25), fps, name);
            assertThat(clip.fps()).hasValue(fps);
            assertThat(clip.video().frames()).hasSize(25);
        }
    }

    @ParameterizedTest
    @CsvSource({"a.mp4, 40", "a.webm, 40", "a.gif, 35", "a.apng, Infinity", "frames/, Infinity"})
    void oneFrame(String name, double floorDb) {
        Video video = Clips.waves(64, 64, 1);
        assertSimilar(video, roundTrip(video, 16, name).video(), floorDb);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.apng", "frames/"})
    void losslessFormatsTakeAnySize(String name) {
        for (int[] size : new int[][]{{1, 1}, {3, 1}, {1, 7}, {33, 17}, {127, 65}}) {
            Video video = Clips.moving(size[0], size[1], 3);
            assertSimilar(video, roundTrip(video, 8, name).video(), LOSSLESS);
        }
    }

    @ParameterizedTest
    @CsvSource({"a.gif, 1, 1", "a.gif, 33, 17", "a.mp4, 16, 16", "a.mp4, 18, 34", "a.webm, 2, 2", "a.webm, 18, 34"})
    void smallAndUnevenSizes(String name, int width, int height) {
        Clip clip = roundTrip(Clips.moving(width, height, 3), 8, name);
        assertThat(clip.video().frames()).hasSize(3);
        assertThat(clip.video().width()).isEqualTo(width);
        assertThat(clip.video().height()).isEqualTo(height);
    }

    /** Pure colors show a wrong matrix or range at once: BT.601 for BT.709 moves green by over 20 levels. */
    @ParameterizedTest
    @CsvSource({"a.mp4, 3", "a.webm, 3", "a.gif, 0", "a.apng, 0", "frames/, 0"})
    void keepsPureColors(String name, int bound) {
        Video video = Clips.patches(32, 5);
        Video back = roundTrip(video, 16, name).video();
        for (int t = 0; t < 5; t++) {
            for (int x = 16; x < 8 * 32; x += 32) {
                for (int at = (16 * 256 + x) * 3, c = 0; c < 3; c++) {
                    int expected = video.frames().get(t)[at + c] & 255;
                    assertThat(back.frames().get(t)[at + c] & 255).isBetween(expected - bound, expected + bound);
                }
            }
        }
    }

    @Test
    void theSameClipGivesTheSameBytes() throws Exception {
        Video video = Clips.waves(160, 96, 12);
        List<String> names = List.of("a.mp4", "a.webm", "a.gif", "a.apng", "a.webp", "frames/");
        for (String name : names) {
            VideoWriter.write(video, 16, VideoTarget.parse(folder + "/1/" + name));
        }
        // Into the next second: a creation time would show.
        Thread.sleep(1100);
        for (String name : names) {
            VideoWriter.write(video, 16, VideoTarget.parse(folder + "/2/" + name));
        }
        try (var files = Files.walk(folder.resolve("1"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(folder.resolve("2").resolve(folder.resolve("1").relativize(file)))
                        .hasSameBinaryContentAs(file);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"frames/", "one.apng"})
    void saysWhenTheRateIsNotStored(String name) {
        assertThat(roundTrip(Clips.moving(16, 16, 1), 8, name).fps()).isEqualTo(OptionalInt.empty());
    }
}
