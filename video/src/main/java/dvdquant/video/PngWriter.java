package dvdquant.video;

import dvdquant.core.image.RgbImage;
import dvdquant.core.video.Video;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Writes pictures. */
public final class PngWriter {
    private PngWriter() {}

    /**
     * Writes a picture to memory.
     *
     * @param image to be written
     * @return the bytes of a PNG file, 8 bits a color
     */
    public static byte[] encode(RgbImage image) {
        var out = new ByteArrayOutputStream();
        try {
            ClipEncoder.encodeFrames(new Video(image.width(), image.height(), List.of(image.pixels())), 1, out::write);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // in memory: there is none
        }
        return out.toByteArray();
    }
}
