package dvdquant.video.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a file is, by its first bytes and not by its name. */
enum ImageFormat {
    PNG("\u0089PNG\r\n\u001a\n", 0),
    JPEG("\u00ff\u00d8\u00ff", 0),
    WEBP("WEBP", 8),

    GIF("GIF8", 0),
    BMP("BM", 0),
    TIFF_LITTLE("II*\0", 0),
    TIFF_BIG("MM\0*", 0),
    AVIF("ftypavif", 4),
    HEIC("ftypheic", 4),
    MP4("ftyp", 4),
    MATROSKA("\u001aE\u00df\u00a3", 0),
    PDF("%PDF", 0);

    private final byte[] signature;
    private final int at;

    ImageFormat(String signature, int at) {
        this.signature = signature.getBytes(StandardCharsets.ISO_8859_1);
        this.at = at;
    }

    /**
     * Looks at a file's headers.
     *
     * @throws IOException if it is none of ours, or damaged
     */
    static Picture parse(byte[] file) throws IOException {
        if (file.length == 0) throw new IOException("it is empty");
        for (ImageFormat format : values()) {
            if (!format.matches(file)) continue;
            return switch (format) {
                case PNG -> PngPicture.parse(ByteBuffer.wrap(file));
                case JPEG -> JpegPicture.parse(ByteBuffer.wrap(file));
                case WEBP -> WebpPicture.parse(ByteBuffer.wrap(file));
                default ->
                    throw new IOException("it is " + format.described() + ", expected a PNG, JPEG or WebP picture");
            };
        }
        throw new IOException("it is not a PNG, JPEG or WebP picture");
    }

    private boolean matches(byte[] file) {
        if (file.length < at + signature.length) return false;
        return ByteBuffer.wrap(file, at, signature.length).equals(ByteBuffer.wrap(signature));
    }

    private String described() {
        return switch (this) {
            case TIFF_LITTLE, TIFF_BIG -> "TIFF";
            case MP4 -> "an MP4 or QuickTime file";
            case MATROSKA -> "a Matroska or WebM file";
            default -> name();
        };
    }
}
