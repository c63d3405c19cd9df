package dvdquant.video;

import dvdquant.core.InputException;
import dvdquant.core.io.StagedPath;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Where a clip goes and in which format. All that can be known to fail before a clip is rendered is asked here.
 *
 * @param path a file, or a folder for {@link VideoFormat#FRAMES}
 * @param format of the file or folder
 */
public record VideoTarget(Path path, VideoFormat format) {
    private static final String ENDINGS = "expected .mp4, .webm, .gif, .apng or .webp, or a folder that ends in /";

    /** As a path it would be a folder such as {@code s3:}, here. */
    private static final Pattern ADDRESS = Pattern.compile("\\p{Alpha}[\\p{Alnum}+.-]+://.*");

    /**
     * Reads a path as given on the command line: its ending chooses the format, "/" or a folder that exists means PNG frames.
     *
     * @param given such as {@code clips/cat.mp4} or {@code frames/}
     * @return the target, which is not touched yet
     * @throws InputException if the ending is none of those; the message lists them; or it is an address, {@code s3://…}
     */
    public static VideoTarget parse(String given) {
        Path path;
        try {
            path = Path.of(given);
        } catch (InvalidPathException e) {
            throw new InputException("cannot write " + given + ": " + e.getReason(), e);
        }
        if (ADDRESS.matcher(given).matches()) {
            throw new InputException("cannot write " + given + ": it is an address, expected a path");
        }
        if (given.isBlank()) throw new InputException("the path of the video is empty: " + ENDINGS);
        if (Files.isDirectory(path)) return new VideoTarget(path, VideoFormat.FRAMES);
        VideoFormat format = VideoFormat.of(given)
                .orElseThrow(() -> new InputException("cannot tell the video format of " + given + ": " + ENDINGS));
        return new VideoTarget(path, format);
    }

    /** {@return the path, with "/" behind a folder: as {@link #parse} reads it} */
    public String text() {
        return format == VideoFormat.FRAMES ? path + "/" : path.toString();
    }

    /**
     * Checks that the format can hold frames of this size.
     *
     * @param width pixels
     * @param height pixels
     * @throws InputException if not; the message says which sizes it can hold
     */
    public void check(int width, int height) {
        int min = format.minSide();
        int max = format.maxSide();
        String size = "cannot write " + path + ": frames of " + width + "×" + height + " pixels, but "
                + format.suffix();
        if (Math.min(width, height) < min || Math.max(width, height) > max) {
            throw new InputException(size + " takes sides of " + min + " to " + max + " (.apng and / take any)");
        }
        if (format.evenSides() && (width % 2 != 0 || height % 2 != 0)) {
            throw new InputException(size + " needs an even width and height (.apng and / take any)");
        }
    }

    /**
     * Checks that the format can hold this frame rate.
     *
     * @param fps frames a second
     * @throws InputException if not
     */
    public void checkFps(int fps) {
        if (fps < 1 || fps > format.maxFps()) {
            throw new InputException("cannot write " + path + ": " + fps + " frames a second, but " + format.suffix()
                    + " takes 1 to " + format.maxFps());
        }
    }

    /**
     * Checks that something can be written at the path; makes its parent folders, writes nothing else.
     *
     * @throws InputException if not
     */
    public void checkWritable() {
        if (format == VideoFormat.FRAMES) {
            FrameFolder.checkReplaceable(path);
        } else {
            StagedPath.beside(path).close();
        }
    }
}
