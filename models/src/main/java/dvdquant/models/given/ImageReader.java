package dvdquant.models.given;

import dvdquant.core.InputException;
import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.Sha256;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Function;

/** Reads files of pictures, each once however often it is named. */
public final class ImageReader {
    /** Resized to any clip, or to CLIP's square, a longer one would first become a strip that takes a gigabyte. */
    private static final int LONGEST_SHAPE = 100;

    private final Function<Path, RgbImage> decoder;
    private final long bytes;
    private final Map<Path, GivenImage> read = new HashMap<>();

    /** @param decoder of a file, which tells of one that is no picture with an {@link InputException} that names it */
    public ImageReader(Function<Path, RgbImage> decoder) {
        this(decoder, Runtime.getRuntime().maxMemory() / 4);
    }

    /** @param bytes that several pictures may take together */
    ImageReader(Function<Path, RgbImage> decoder, long bytes) {
        this.decoder = decoder;
        this.bytes = bytes;
    }

    /**
     * @param name what the user calls the place where the file is named, such as {@code --image}
     * @throws InputException which names that place, if the file is no picture, or one that clips cannot begin with
     */
    GivenImage read(String name, Path file) {
        try {
            Path key = file.toAbsolutePath().normalize();
            GivenImage known = read.get(key);
            if (known != null) return known;
            RgbImage image = decoder.apply(file);
            requireShape(file, image.size());
            requireRoom(file, image.pixels().length);
            String sha256 = HexFormat.of().formatHex(Sha256.of(Files.readAllBytes(file)));
            var given = new GivenImage(file, sha256, image);
            read.put(key, given);
            return given;
        } catch (InputException e) {
            throw new InputException(name + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new InputException(name + ": cannot read the image " + file + ": " + Reasons.of(e), e);
        }
    }

    private static void requireShape(Path file, ImageSize size) {
        long longer = Math.max(size.width(), size.height());
        long shorter = Math.min(size.width(), size.height());
        if (longer > LONGEST_SHAPE * shorter) {
            throw new InputException("the image " + file + " has " + size
                    + " pixels, expected one whose longer side is " + LONGEST_SHAPE + " times the other at most");
        }
    }

    private void requireRoom(Path file, long more) {
        if (read.isEmpty()) return; // it is in memory already
        long all = read.values().stream().mapToLong(image -> image.image().pixels().length).sum()
                + more;
        if (all > bytes) {
            throw new InputException("with the image " + file + " the pictures take " + (all >> 20)
                    + " MiB together, expected at most " + (bytes >> 20)
                    + ", a quarter of Java's heap: smaller ones, or fewer in a run");
        }
    }
}
