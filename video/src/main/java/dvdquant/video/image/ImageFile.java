package dvdquant.video.image;

import dvdquant.core.InputException;
import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;
import dvdquant.core.io.GitLfs;
import dvdquant.core.io.Reasons;
import dvdquant.video.ffmpeg.FfmpegException;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads a picture as Pillow's {@code exif_transpose(Image.open(file)).convert("RGB")} does: turned as EXIF says, of an animation the first
 * frame, alpha dropped and not blended, color profiles not applied. Only of 16-bit gray, which Pillow clips to white, the high bytes are
 * taken, as of 16-bit color.
 *
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, load_image in utils/loading_utils.py</a>
 */
public final class ImageFile {
    /** Above, Pillow refuses a picture too (its DecompressionBombError). */
    static final long MAX_PIXELS = 178_956_970;
    static final long MAX_BYTES = 512L << 20;

    private ImageFile() {}

    /**
     * {@return the whole picture, or an error; nothing is allocated for its pixels before its header has been looked at}
     *
     * @param file of any name: what is in it tells the format
     * @throws InputException if the file is not a whole PNG, JPEG or WebP picture of at most 178,956,970 pixels and 512 MiB
     */
    public static RgbImage read(Path file) {
        try {
            Picture picture = ImageFormat.parse(bytes(file));
            ImageSize size = picture.size();
            if (size.area() > MAX_PIXELS) {
                throw new IOException(size + " pixels, expected at most " + MAX_PIXELS + " in all");
            }
            return Orientation.of(picture.exif()).apply(picture.decode());
        } catch (BufferUnderflowException e) {
            throw new InputException("cannot read the image " + file + ": it is cut off within a header", e);
        } catch (FfmpegException e) {
            throw new InputException("cannot read the image " + file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new InputException("cannot read the image " + file + ": " + Reasons.of(e), e);
        }
    }

    private static byte[] bytes(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) throw new IOException("it is not a file");
        if (GitLfs.isPointer(file)) throw new IOException("it " + GitLfs.REASON);
        long size = Files.size(file);
        if (size > MAX_BYTES) throw new IOException(size + " bytes, expected at most " + MAX_BYTES);
        return Files.readAllBytes(file);
    }
}
