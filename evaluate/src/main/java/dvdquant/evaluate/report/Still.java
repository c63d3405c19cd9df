package dvdquant.evaluate.report;

import dvdquant.core.image.RgbImage;

import java.nio.file.Path;
import java.util.List;

/**
 * A picture that the clips of a scene begin or end with.
 *
 * @param key its name in CSV and JSON: {@link #FIRST} or {@link #LAST}
 * @param label for people
 * @param sha256 of the file
 */
public record Still(String key, String label, Path file, String sha256, RgbImage image) {
    /** Of the picture that clips begin with. */
    public static final String FIRST = "image";
    /** Of the one that they end with. */
    public static final String LAST = "last_image";
    /** In the order of the clip. */
    public static final List<String> KEYS = List.of(FIRST, LAST);
}
