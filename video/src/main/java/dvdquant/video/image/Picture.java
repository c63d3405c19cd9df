package dvdquant.video.image;

import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A file whose headers were looked at, and whose pixels are not decoded yet. */
sealed interface Picture permits PngPicture, JpegPicture, WebpPicture {
    /** As its header says, not turned. */
    ImageSize size();

    /** Its EXIF data, from the byte order mark on; empty if there is none. */
    ByteBuffer exif();

    /**
     * Its pixels, not turned.
     *
     * @throws IOException if they are cut off or damaged, or of a kind that cannot be decoded; the message says so
     */
    RgbImage decode() throws IOException;
}
