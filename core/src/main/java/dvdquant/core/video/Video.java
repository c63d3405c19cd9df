package dvdquant.core.video;

import dvdquant.core.InputException;

import java.util.List;

/**
 * A clip in memory.
 *
 * @param width pixels
 * @param height pixels
 * @param frames each of {@code height · width · 3} bytes: rows from the top, pixels from the left, red, green, blue
 */
public record Video(int width, int height, List<byte[]> frames) {
    /**
     * Checks that all frames are of the size.
     *
     * @throws IllegalArgumentException if one is not, or there are none
     */
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

    /**
     * Checks that two clips can be compared.
     *
     * @param other clip
     * @throws InputException if the other clip differs in length or size, so that the two cannot be compared
     */
    public void requireSameSize(Video other) {
        if (describe().equals(other.describe())) return;
        throw new InputException("a clip of " + describe() + " cannot be compared with one of " + other.describe());
    }

    /**
     * Such as "17 frames of 128×128 pixels".
     *
     * @return for people
     */
    public String describe() {
        return frames.size() + (frames.size() == 1 ? " frame of " : " frames of ") + width + "×" + height + " pixels";
    }
}
