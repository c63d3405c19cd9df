package dvdquant.core.video;

import java.util.List;

/**
 * A clip in memory.
 *
 * @param width pixels
 * @param height pixels
 * @param frames each of {@code height · width · 3} bytes: rows from the top, pixels from the left, red, green, blue
 */
public record Video(int width, int height, List<byte[]> frames) {
    public Video {
        if (width < 1 || height < 1) throw new IllegalArgumentException("video of " + width + "×" + height + " pixels");
        if (frames.isEmpty()) throw new IllegalArgumentException("video without frames");
        int expected = Math.multiplyExact(Math.multiplyExact(width, height), 3);
        for (byte[] frame : frames) {
            if (frame.length != expected) {
                throw new IllegalArgumentException("frame of " + frame.length + " bytes, expected " + expected);
            }
        }
        frames = List.copyOf(frames);
    }
}
