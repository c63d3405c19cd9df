package dvdquant.video;

import dvdquant.core.video.Video;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** What players rely on and a round trip does not show. */
class VideoFileLayoutTest {
    @TempDir
    Path folder;

    private byte[] write(Video video, int fps, String name) throws IOException {
        VideoTarget target = VideoTarget.parse(folder + "/" + name);
        VideoWriter.write(video, fps, target);
        return Files.readAllBytes(target.path());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void mp4HasItsIndexFirstAndIsTaggedBt709() throws IOException {
        for (int frames : new int[]{1, 5, 81, 400}) {
            byte[] file = write(Clips.moving(32, 32, frames), 16, "a.mp4");
            String text = text(file);
            assertThat(text.indexOf("moov")).isPositive().isLessThan(text.indexOf("mdat"));
            // Primaries, transfer, matrix 1 = BT.709; the last bit clear = limited range.
            int color = text.indexOf("colrnclx") + 8;
            assertThat(file[color + 1]).isEqualTo((byte) 1);
            assertThat(file[color + 3]).isEqualTo((byte) 1);
            assertThat(file[color + 5]).isEqualTo((byte) 1);
            assertThat(file[color + 6]).isEqualTo((byte) 0);
            int level = file[text.indexOf("avcC") + 7];
            assertThat(level).isLessThanOrEqualTo(40);
        }
    }

    @Test
    void webmIsTaggedBt709() throws IOException {
        // Elements 55B1 matrix, 55B9 range (1 = limited), 55BA transfer, 55BB primaries, each of one byte.
        String text = text(write(Clips.moving(32, 32, 3), 16, "a.webm"));
        for (String element : List.of("\u0055\u00B1\u0081\u0001", "\u0055\u00B9\u0081\u0001",
                "\u0055\u00BA\u0081\u0001",
                "\u0055\u00BB\u0081\u0001")) {
            assertThat(text).contains(element);
        }
    }

    @Test
    void animationsLoopForever() throws IOException {
        Video video = Clips.moving(32, 32, 3);
        assertThat(text(write(video, 16, "a.gif"))).contains("NETSCAPE2.0\u0003\u0001\u0000\u0000\u0000");
        assertThat(text(write(video, 16, "a.apng"))).contains("acTL\u0000\u0000\u0000\u0003\u0000\u0000\u0000\u0000");
        String webp = text(write(video, 16, "a.webp"));
        int loops = webp.indexOf("ANIM") + 12;
        assertThat(webp.substring(loops, loops + 2)).isEqualTo("\u0000\u0000");
    }

    /** ffmpeg cannot read animated WebP: the frames are cut out and read as stills. */
    @Test
    void webpHoldsTheFramesAndTheirTimes() throws IOException {
        Video video = Clips.waves(64, 48, 8);
        ByteBuffer file = ByteBuffer.wrap(write(video, 16, "a.webp")).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(file.getInt(4)).isEqualTo(file.capacity() - 8);
        int millis = 0;
        var stills = new ArrayList<byte[]>();
        for (int at = 12; at < file.capacity(); at += 8 + (file.getInt(at + 4) + 1 & ~1)) {
            if (file.getInt(at) != ByteBuffer.wrap("FMNA".getBytes(StandardCharsets.US_ASCII)).getInt()) continue;
            millis += file.getInt(at + 20) & 0xFFFFFF;
            var still = new byte[file.getInt(at + 4) - 16];
            file.get(at + 24, still);
            stills.add(still);
        }
        assertThat(stills).hasSize(8);
        assertThat(millis).isBetween(495, 505);
        Path still = folder.resolve("still.webp");
        Files.write(still, stillWebp(stills.getFirst()));
        Video first = FrameDecoder.decode(still, "webp_pipe").video();
        Video expected = new Video(64, 48, List.of(video.frames().getFirst()));
        assertThat(Clips.worstPsnr(expected, first)).isGreaterThan(35);
    }

    private static byte[] stillWebp(byte[] chunks) throws IOException {
        var out = new ByteArrayOutputStream();
        out.write("RIFF".getBytes(StandardCharsets.US_ASCII));
        out.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(4 + chunks.length).array());
        out.write("WEBP".getBytes(StandardCharsets.US_ASCII));
        out.write(chunks);
        return out.toByteArray();
    }
}
