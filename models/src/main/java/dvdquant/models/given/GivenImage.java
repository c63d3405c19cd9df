package dvdquant.models.given;

import dvdquant.core.image.RgbImage;

import java.nio.file.Path;

/**
 * A picture and the file that it was read from.
 *
 * @param sha256 of the file, in hexadecimal digits
 */
public record GivenImage(Path file, String sha256, RgbImage image) {}
