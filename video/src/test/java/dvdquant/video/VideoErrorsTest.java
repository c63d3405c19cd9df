package dvdquant.video;

import dvdquant.core.InputException;
import dvdquant.core.io.StagedPath;
import dvdquant.core.video.Video;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VideoErrorsTest {
    @TempDir
    Path folder;

    private Path write(Video video, String name) {
        VideoTarget target = VideoTarget.parse(folder + "/" + name);
        VideoWriter.write(video, 16, target);
        return target.path();
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip", "clip.avi", "mp4", "", "a/b.", "clip.mp4.txt"})
    void unknownEndingsListTheKnownOnes(String path) {
        assertThatThrownBy(() -> VideoTarget.parse(path)).isInstanceOf(InputException.class).hasMessageContaining(path)
                .hasMessageContaining(".mp4, .webm, .gif, .apng or .webp, or a folder that ends in /");
    }

    @Test
    void endingsMayBeUpperCaseAndFoldersMayExist() {
        assertThat(VideoTarget.parse("A.MP4").format()).isEqualTo(VideoFormat.MP4);
        assertThat(VideoTarget.parse("new/").format()).isEqualTo(VideoFormat.FRAMES);
        assertThat(VideoTarget.parse(folder.toString()).format()).isEqualTo(VideoFormat.FRAMES);
    }

    @ParameterizedTest
    @CsvSource({"a.mp4, 33, 32, even", "a.webm, 32, 31, even", "a.mp4, 14, 32, 16 to", "a.mp4, 5000, 32, 4096",
            "a.webp, 16384, 2, 16383"})
    void sizesAreCheckedBeforeAnythingIsRendered(String name, int width, int height, String part) {
        assertThatThrownBy(() -> VideoTarget.parse(name).check(width, height)).isInstanceOf(InputException.class)
                .hasMessageContaining(name).hasMessageContaining(width + "×" + height).hasMessageContaining(part)
                .hasMessageContaining(".apng and / take any");
        assertThatCode(() -> VideoTarget.parse("a.apng").check(width, height)).doesNotThrowAnyException();
    }

    @Test
    void frameRatesAreChecked() {
        assertThatThrownBy(() -> VideoTarget.parse("a.gif").checkFps(60)).hasMessageContaining("1 to 50");
        assertThatThrownBy(() -> VideoTarget.parse("a.mp4").checkFps(0)).isInstanceOf(InputException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.mp4", "a.webm", "a.gif", "a.apng"})
    void filesCutShortAreRefused(String name) throws IOException {
        byte[] whole = Files.readAllBytes(write(Clips.moving(64, 64, 12), name));
        for (double part : new double[]{0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97}) {
            Path cut = folder.resolve("cut-" + name);
            Files.write(cut, Arrays.copyOf(whole, (int) (part * whole.length)));
            assertThatThrownBy(() -> VideoReader.read(cut)).as("%s of the file", part)
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith("cannot read " + cut + ": ");
        }
    }

    /** Damage may go unnoticed, but it must not end the JVM or throw anything else. */
    @ParameterizedTest
    @ValueSource(strings = {"a.mp4", "a.webm", "a.gif", "a.apng", "one/"})
    void damagedFilesNeverCrash(String name) throws IOException {
        Path written = write(Clips.moving(48, 32, name.endsWith("/") ? 1 : 6), name);
        Path file = Files.isDirectory(written) ? written.resolve("0000.png") : written;
        byte[] whole = Files.readAllBytes(file);
        var random = new SplittableRandom(11);
        for (int round = 0; round < 150; round++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i < 1 + round % 8; i++) {
                int range = round % 2 == 0 ? Math.min(400, damaged.length) : damaged.length;
                damaged[random.nextInt(range)] = (byte) random.nextInt();
            }
            Files.write(file, damaged);
            try {
                assertThat(VideoReader.read(written).video().frames()).isNotEmpty();
            } catch (InputException e) {
                assertThat(e).hasMessageStartingWith("cannot read " + written + ": ");
            }
        }
    }

    @Test
    void otherThingsAreNotVideos() throws IOException {
        Path text = Files.writeString(folder.resolve("a.mp4"), "not a video".repeat(1000));
        assertThatThrownBy(() -> VideoReader.read(text)).isInstanceOf(InputException.class);
        Path gif = Files.copy(write(Clips.moving(32, 32, 2), "b.gif"), folder.resolve("b.webm"));
        assertThatThrownBy(() -> VideoReader.read(gif)).isInstanceOf(InputException.class);
        Path webp = write(Clips.moving(32, 32, 2), "c.webp");
        assertThatThrownBy(() -> VideoReader.read(webp)).isInstanceOf(InputException.class)
                .hasMessageContaining("cannot decode");
        assertThatThrownBy(() -> VideoReader.read(folder.resolve("none.mp4"))).isInstanceOf(InputException.class)
                .hasMessageContaining("no such file");
        assertThatThrownBy(() -> VideoReader.read(Files.createDirectory(folder.resolve("empty"))))
                .isInstanceOf(InputException.class).hasMessageContaining("no frames");
    }

    @Test
    void frameFoldersAreReplacedOnlyIfTheyHoldFramesOnly() throws IOException {
        write(Clips.moving(32, 32, 9), "frames/");
        Path frames = write(Clips.moving(16, 8, 2), "frames/");
        assertThat(VideoReader.read(frames).video()).extracting(Video::width).isEqualTo(16);
        assertThat(FrameFolder.list(frames)).hasSize(2);
        assertThat(frames.toFile().list()).hasSize(3).contains("frames.sha256");
        assertThat(folder.toFile().list()).containsExactly("frames");
        Files.writeString(frames.resolve("mine.txt"), "x");
        assertThatThrownBy(() -> write(Clips.moving(16, 8, 1), "frames/")).isInstanceOf(InputException.class)
                .hasMessageContaining("mine.txt");
        assertThatThrownBy(() -> VideoTarget.parse(frames + "/").checkWritable()).isInstanceOf(InputException.class);
        assertThat(FrameFolder.list(frames)).hasSize(2);
    }

    @Test
    void picturesOfTheUsersOwnAreNeverReplaced() throws IOException {
        Path mine = Files.createDirectory(folder.resolve("mine"));
        for (int i = 1; i <= 9; i++) {
            Files.writeString(mine.resolve("000" + i + ".png"), "a photograph");
        }
        assertThatThrownBy(() -> write(Clips.moving(16, 8, 2), "mine/")).isInstanceOf(InputException.class)
                .hasMessageContaining("0001.png").hasMessageContaining("did not write");
        assertThat(mine.toFile().list()).hasSize(9);
        assertThat(mine.resolve("0009.png")).hasContent("a photograph");

        Path frames = write(Clips.moving(16, 8, 3), "frames/");
        Files.writeString(frames.resolve("0001.png"), "retouched");
        assertThatThrownBy(() -> VideoTarget.parse(frames + "/").checkWritable()).isInstanceOf(InputException.class)
                .hasMessageContaining("0001.png");
    }

    @Test
    void framesGoWhereALinkLeadsTo() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("disk/frames"));
        write(Clips.moving(16, 8, 3), "link/");
        write(Clips.moving(16, 8, 2), "link/");
        assertThat(link).isSymbolicLink();
        assertThat(folder.resolve("disk").toFile().list()).containsExactly("frames");
        assertThat(FrameFolder.list(folder.resolve("disk/frames"))).hasSize(2);
    }

    @Test
    void whatADeadRunLeftOfFramesIsRemoved() throws IOException, InterruptedException {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        String own;
        try (var staged = StagedPath.folderFor(folder.resolve("frames"))) {
            own = staged.path().getFileName().toString();
        }
        String its = own.replace("-" + ProcessHandle.current().pid() + "-", "-" + ended.pid() + "-");
        Path left = Files.createDirectory(folder.resolve(its));
        Files.writeString(left.resolve("0000.png"), "x");
        write(Clips.moving(16, 8, 2), "frames/");
        assertThat(folder.toFile().list()).containsExactly("frames");
    }

    @Test
    void framesOfDifferentSizesAreRefused() throws IOException {
        Path frames = write(Clips.moving(32, 32, 2), "frames/");
        Path other = write(Clips.moving(16, 16, 1), "other/");
        Files.move(other.resolve("0000.png"), frames.resolve("0002.png"));
        assertThatThrownBy(() -> VideoReader.read(frames)).isInstanceOf(InputException.class)
                .hasMessageContaining("0002.png");
    }
}
