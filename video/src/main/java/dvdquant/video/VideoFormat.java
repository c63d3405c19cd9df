package dvdquant.video;

import java.util.Locale;
import java.util.Optional;

/** How a clip is stored. The limits are those of the format or of its encoder. */
public enum VideoFormat {
    /** H.264 in MP4: plays everywhere. */
    MP4(".mp4", true, 16, 4096, 240),
    /** VP9 in WebM: smaller, plays in every browser. */
    WEBM(".webm", true, 2, 16384, 240),
    /** 256 colors; delays are whole hundredths of a second, and players slow down those below two. */
    GIF(".gif", false, 1, 65535, 50),
    /** Lossless, plays in every browser. */
    APNG(".apng", false, 1, 65535, 240),
    /** Lossy with an alpha-free canvas; ffmpeg can write it, not read it. */
    WEBP(".webp", false, 1, 16383, 240),
    /** A folder of {@code 0000.png}, {@code 0001.png}, …: lossless, holds no frame rate. */
    FRAMES("/", false, 1, 65535, 240);

    private final String suffix;
    private final boolean evenSides;
    private final int minSide;
    private final int maxSide;
    private final int maxFps;

    VideoFormat(String suffix, boolean evenSides, int minSide, int maxSide, int maxFps) {
        this.suffix = suffix;
        this.evenSides = evenSides;
        this.minSide = minSide;
        this.maxSide = maxSide;
        this.maxFps = maxFps;
    }

    /** {@return what a path of this format ends in: ".mp4", …, or "/" for a folder} */
    public String suffix() {
        return suffix;
    }

    /** {@return whether width and height must be even, since two by two pixels share one color} */
    public boolean evenSides() {
        return evenSides;
    }

    /** {@return the least width and height in pixels} */
    public int minSide() {
        return minSide;
    }

    /** {@return the greatest width and height in pixels} */
    public int maxSide() {
        return maxSide;
    }

    /** {@return the most frames a second that players honor} */
    public int maxFps() {
        return maxFps;
    }

    /** The format that a name's ending stands for, upper case or lower. */
    static Optional<VideoFormat> of(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        for (VideoFormat format : values()) {
            if (lower.endsWith(format.suffix)) return Optional.of(format);
        }
        return Optional.empty();
    }
}
