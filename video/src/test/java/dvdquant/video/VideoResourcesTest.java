package dvdquant.video;

import dvdquant.core.InputException;
import dvdquant.core.video.Video;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Memory, disks and folders. */
class VideoResourcesTest {
    @TempDir
    Path folder;

    private Path mounted;

    @AfterEach
    void unmount() throws Exception {
        if (mounted != null) new ProcessBuilder("umount", mounted.toString()).start().waitFor();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.mp4", "a.webm", "a.gif", "a.apng", "a.webp", "frames/"})
    void writingAndReadingLeaveNoMemoryBehind(String name) throws IOException {
        Video video = Clips.moving(320, 192, 3);
        long leastGrowth = Long.MAX_VALUE;
        for (int window = 0; window < 30 && leastGrowth >= 1 << 20; window++) {
            System.gc(); // so that the windows use the same pages of the Java heap
            long before = Pointer.physicalBytes();
            for (int i = 0; i < 10; i++) {
                writeAndRead(video, name);
            }
            leastGrowth = Math.min(leastGrowth, Pointer.physicalBytes() - before);
        }
        // The Java heap grows too, in bursts; a leak grows in every window: a frame a round would be 10 · 184 kB, 1.8 MB.
        assertThat(leastGrowth).isLessThan(1L << 20);
    }

    private void writeAndRead(Video video, String name) throws IOException {
        VideoTarget target = VideoTarget.parse(folder + "/" + name);
        VideoWriter.write(video, 16, target);
        if (target.format() != VideoFormat.WEBP) VideoReader.read(target.path());
        if (target.format() == VideoFormat.FRAMES) return;
        Files.write(target.path(), new byte[1000]);
        assertThatThrownBy(() -> VideoReader.read(target.path())).isInstanceOf(InputException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.apng", "frames/"})
    void aFullDiskIsSaidInOneSentenceAndLeavesNothing(String name) throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.toString()).start();
        Assumptions.assumeTrue(mount.waitFor() == 0, "SKIPPED: cannot mount a tmpfs of 64 kB here (not root?)");
        mounted = disk;
        VideoTarget target = VideoTarget.parse(disk + "/" + name);
        assertThatThrownBy(() -> VideoWriter.write(Clips.waves(256, 256, 6), 16, target))
                .isInstanceOf(InputException.class)
                .hasMessage("cannot write " + target.path() + ": No space left on device");
        assertThat(disk).isEmptyDirectory();
    }

    @Test
    void foldersThatCannotBeWrittenAreNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        for (String name : new String[]{"/a.mp4", "/frames/"}) {
            VideoTarget target = VideoTarget.parse(file + name);
            assertThatThrownBy(target::checkWritable).isInstanceOf(InputException.class)
                    .hasMessageContaining(file.toString());
            assertThatThrownBy(() -> VideoWriter.write(Clips.moving(16, 16, 1), 8, target))
                    .isInstanceOf(InputException.class);
        }
        VideoTarget proc = VideoTarget.parse("/proc/a.mp4");
        assertThatThrownBy(() -> VideoWriter.write(Clips.moving(16, 16, 1), 8, proc)).isInstanceOf(InputException.class)
                .hasMessageContaining("/proc");
    }

    @Test
    void ffmpegHasAllEncoders() {
        FfmpegInfo info = FfmpegInfo.probe();
        assertThat(info.version()).isNotBlank();
        assertThat(info.license()).startsWith("LGPL");
        assertThat(info.encoders()).hasSameSizeAs(VideoFormat.values()).allMatch(FfmpegInfo.Encoder::available);
    }
}
