package dvdquant.video.image;

import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A WebP file, or the first frame of an animated one.
 *
 * @param size of the canvas
 * @param left where on the canvas the first frame lies; around it is black
 * @param top the same
 * @param frame what of the file makes that frame, without its alpha
 * @see <a href="https://developers.google.com/speed/webp/docs/riff_container">the container</a>
 */
record WebpPicture(ImageSize size, ByteBuffer exif, int left, int top, WebpFrame frame) implements Picture {
    private static final String EXIF = "Exif\0\0";
    private static final int CHUNK_HEADER_BYTES = 8;
    private static final int FRAME_HEADER_BYTES = 16;

    /** Walks over all chunks. */
    static WebpPicture parse(ByteBuffer file) throws IOException {
        ByteBuffer in = file.order(ByteOrder.LITTLE_ENDIAN);
        long length = in.getInt(4) & 0xffff_ffffL;
        if (length < 4 || length > in.limit() - CHUNK_HEADER_BYTES) throw new IOException("it is cut off");
        in.limit(CHUNK_HEADER_BYTES + (int) length).position(12);
        ImageSize canvas = null;
        ByteBuffer exif = ByteBuffer.allocate(0);
        WebpFrame frame = null;
        int left = 0;
        int top = 0;
        while (in.remaining() >= CHUNK_HEADER_BYTES) {
            String type = type(in);
            ByteBuffer chunk = chunk(in);
            switch (type) {
                case "VP8X" -> canvas = new ImageSize(threeBytes(chunk, 4) + 1, threeBytes(chunk, 7) + 1);
                case "EXIF" -> exif = exif(chunk);
                case "VP8 ", "VP8L" -> frame = frame == null ? WebpFrame.of(type, chunk) : frame;
                case "ANMF" -> {
                    if (frame != null) break;
                    left = 2 * threeBytes(chunk, 0);
                    top = 2 * threeBytes(chunk, 3);
                    frame = animationFrame(chunk);
                }
                default -> {
                }
            }
        }
        if (frame == null) throw new IOException("it holds no picture");
        if (canvas == null) canvas = frame.size();
        if (left + frame.size().width() > canvas.width() || top + frame.size().height() > canvas.height()) {
            throw new IOException("it is damaged (a frame of " + frame.size() + " at " + left + ", " + top
                    + " in a picture of " + canvas + ")");
        }
        return new WebpPicture(canvas, exif, left, top, frame);
    }

    private static WebpFrame animationFrame(ByteBuffer in) throws IOException {
        if (in.limit() < FRAME_HEADER_BYTES) throw new IOException("it is damaged (a chunk is too short)");
        in.position(FRAME_HEADER_BYTES);
        while (in.remaining() >= CHUNK_HEADER_BYTES) {
            String type = type(in);
            ByteBuffer chunk = chunk(in);
            if (type.equals("VP8 ") || type.equals("VP8L")) return WebpFrame.of(type, chunk);
        }
        throw new IOException("its first frame holds no picture");
    }

    private static String type(ByteBuffer in) {
        var type = new byte[4];
        in.get(type);
        return new String(type, StandardCharsets.ISO_8859_1);
    }

    /** Chunks of an odd length are followed by a byte that belongs to none. */
    private static ByteBuffer chunk(ByteBuffer in) throws IOException {
        long length = in.getInt() & 0xffff_ffffL;
        if (length > in.remaining()) throw new IOException("it is cut off");
        ByteBuffer chunk = in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
        in.position((int) Math.min(in.limit(), in.position() + length + length % 2));
        return chunk;
    }

    private static int threeBytes(ByteBuffer chunk, int at) throws IOException {
        if (chunk.limit() < at + 3) throw new IOException("it is damaged (a chunk is too short)");
        return chunk.getShort(at) & 0xffff | (chunk.get(at + 2) & 0xff) << 16;
    }

    private static ByteBuffer exif(ByteBuffer chunk) {
        ByteBuffer prefix = ByteBuffer.wrap(EXIF.getBytes(StandardCharsets.ISO_8859_1));
        boolean prefixed = chunk.limit() >= prefix.limit() && chunk.slice(0, prefix.limit()).equals(prefix);
        return prefixed ? chunk.slice(prefix.limit(), chunk.limit() - prefix.limit()) : chunk;
    }

    @Override
    public RgbImage decode() throws IOException {
        RgbImage decoded = frame.decode();
        if (decoded.size().equals(size)) return decoded;
        var canvas = new byte[3 * size.width() * size.height()];
        for (int y = 0; y < decoded.height(); y++) {
            System.arraycopy(decoded.pixels(), 3 * y * decoded.width(), canvas, 3 * ((top + y) * size.width() + left),
                    3 * decoded.width());
        }
        return new RgbImage(size.width(), size.height(), canvas);
    }
}
