package dvdquant.video.image;

import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A JPEG file.
 *
 * @param colors what its components are
 * @param file what is handed to the decoder: without application segments, so that no profile or thumbnail can spoil it
 * @see <a href="https://www.w3.org/Graphics/JPEG/itu-t81.pdf">ITU-T T.81, annex B</a>
 */
record JpegPicture(ImageSize size, ByteBuffer exif, JpegColors colors, byte[] file) implements Picture {
    /** Start of the image, of a scan; end of the image; from one application segment to the last; a comment. */
    private static final int SOI = 0xd8, SOS = 0xda, EOI = 0xd9, APP0 = 0xe0, APP1 = 0xe1, APP14 = 0xee, APP15 = 0xef,
            COM = 0xfe;
    private static final String EXIF = "Exif\0\0";

    /** Reads up to the first scan. */
    static JpegPicture parse(ByteBuffer in) throws IOException {
        var needed = new ByteArrayOutputStream(in.remaining());
        ByteBuffer exif = ByteBuffer.allocate(0);
        ByteBuffer frame = null;
        boolean jfif = false;
        int adobeTransform = JpegColors.NO_ADOBE;
        while (true) {
            int code = nextMarker(in);
            if (code == EOI) throw new IOException("it ends before its picture begins");
            if (code == SOS && frame == null) throw new IOException("it does not say its size");
            if (code == SOS) break;
            if (code == SOI) {
                write(needed, code);
                continue;
            }
            ByteBuffer segment = segment(in);
            if (code == APP0 && begins(segment, "JFIF\0")) jfif = true;
            if (code == APP1 && begins(segment, EXIF))
                exif = segment.slice(EXIF.length(), segment.limit() - EXIF.length());
            if (code == APP14 && begins(segment, "Adobe") && segment.limit() >= 12) adobeTransform = segment.get(11);
            if (isFrame(code)) frame = segment;
            if (code >= APP0 && code <= APP15 || code == COM) continue;
            write(needed, code);
            needed.write(in.array(), in.position() - segment.limit() - 2, segment.limit() + 2);
        }
        write(needed, SOS);
        needed.write(in.array(), in.position(), in.remaining());
        return new JpegPicture(size(frame), exif, JpegColors.of(componentIds(frame), jfif, adobeTransform),
                needed.toByteArray());
    }

    private static void write(ByteArrayOutputStream out, int code) {
        out.write(0xff);
        out.write(code);
    }

    /** Skips what lies between segments, as other readers do. */
    private static int nextMarker(ByteBuffer in) {
        while (true) {
            while ((in.get() & 0xff) != 0xff) {
                continue;
            }
            int code = 0xff;
            while (code == 0xff) {
                code = in.get() & 0xff;
            }
            if (code != 0) return code;
        }
    }

    /** What is in a segment behind its length. */
    private static ByteBuffer segment(ByteBuffer in) throws IOException {
        int length = (in.getShort() & 0xffff) - 2;
        if (length < 0) throw new IOException("it is damaged (a segment of a negative length)");
        if (length > in.remaining()) throw new IOException("it is cut off");
        ByteBuffer segment = in.slice(in.position(), length);
        in.position(in.position() + length);
        return segment;
    }

    private static boolean begins(ByteBuffer segment, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return segment.limit() >= bytes.length && segment.slice(0, bytes.length).equals(ByteBuffer.wrap(bytes));
    }

    /** SOF0 to SOF15, between which lie tables (C4, CC) and an extension (C8). */
    private static boolean isFrame(int code) {
        return code >= 0xc0 && code <= 0xcf && code != 0xc4 && code != 0xc8 && code != 0xcc;
    }

    private static ImageSize size(ByteBuffer frame) throws IOException {
        int bits = frame.get(0);
        if (bits != 8) throw new IOException("it has " + bits + " bits a color, expected 8");
        int height = frame.getShort(1) & 0xffff;
        int width = frame.getShort(3) & 0xffff;
        if (width < 1 || height < 1) throw new IOException("its size is not one (" + width + "×" + height + ")");
        return new ImageSize(width, height);
    }

    private static byte[] componentIds(ByteBuffer frame) throws IOException {
        var ids = new byte[frame.get(5) & 0xff];
        if (frame.limit() < 6 + 3 * ids.length)
            throw new IOException("it is damaged (its components are not all described)");
        for (int i = 0; i < ids.length; i++) {
            ids[i] = frame.get(6 + 3 * i);
        }
        return ids;
    }

    @Override
    public RgbImage decode() throws IOException {
        byte[] components = JpegDecoder.components(file, size, colors.components());
        return new RgbImage(size.width(), size.height(), colors.toRgb(components));
    }
}
