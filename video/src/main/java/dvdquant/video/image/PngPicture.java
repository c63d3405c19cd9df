package dvdquant.video.image;

import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;
import org.bytedeco.ffmpeg.global.avcodec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A PNG file.
 *
 * @param header what says how many bytes the pixels have
 * @param file what is handed to the decoder: the chunks that make the picture and no others, so that none of them can spoil it
 * @see <a href="https://www.w3.org/TR/png-3/">the format</a>
 */
record PngPicture(PngHeader header, ByteBuffer exif, byte[] file) implements Picture {
    private static final int SIGNATURE_BYTES = 8;
    private static final Set<String> NEEDED = Set.of("IHDR", "PLTE", "IDAT", "IEND");

    /** Walks over all chunks, the last of which says that the file is whole. */
    static PngPicture parse(ByteBuffer in) throws IOException {
        var needed = new ByteArrayOutputStream(in.remaining());
        needed.write(in.array(), 0, SIGNATURE_BYTES);
        in.position(SIGNATURE_BYTES);
        PngHeader header = null;
        ByteBuffer exif = ByteBuffer.allocate(0);
        while (true) {
            int start = in.position();
            String type = nextChunk(in);
            if (header == null) header = header(type, in.slice(start + 8, in.position() - start - 12));
            if (NEEDED.contains(type)) needed.write(in.array(), start, in.position() - start);
            if (type.equals("eXIf")) exif = in.slice(start + 8, in.position() - start - 12);
            if (type.equals("IEND")) return new PngPicture(header, exif, needed.toByteArray());
        }
    }

    /** Leaves the position behind the chunk. */
    private static String nextChunk(ByteBuffer in) throws IOException {
        if (in.remaining() < 12) throw new IOException("it is cut off");
        int start = in.position();
        long length = in.getInt() & 0xffff_ffffL;
        if (length > in.remaining() - 8) throw new IOException("it is cut off");
        String type = new String(in.array(), start + 4, 4, StandardCharsets.ISO_8859_1);
        var sum = new CRC32();
        sum.update(in.array(), start + 4, 4 + (int) length);
        in.position(start + 8 + (int) length);
        if (in.getInt() != (int) sum.getValue() && NEEDED.contains(type)) {
            throw new IOException("it is damaged (the checksum of a chunk " + type + " is wrong)");
        }
        return type;
    }

    private static PngHeader header(String type, ByteBuffer chunk) throws IOException {
        if (!type.equals("IHDR")) throw new IOException("it does not begin with its size");
        return PngHeader.parse(chunk);
    }

    @Override
    public ImageSize size() {
        return header.size();
    }

    @Override
    public RgbImage decode() throws IOException {
        requireWhole();
        return PictureDecoder.decode(avcodec.AV_CODEC_ID_PNG, file, size(), PackedPixels::rgb);
    }

    /** Inflates the pixels: ffmpeg would leave black those that are missing, and say nothing. */
    private void requireWhole() throws IOException {
        long missing = header.pixelBytes();
        var inflater = new Inflater();
        try {
            var scratch = new byte[1 << 16];
            ByteBuffer in = ByteBuffer.wrap(file, SIGNATURE_BYTES, file.length - SIGNATURE_BYTES);
            while (in.remaining() > 12 && missing > 0) {
                int start = in.position();
                if (!nextChunk(in).equals("IDAT")) continue;
                inflater.setInput(file, start + 8, in.position() - start - 12);
                int inflated = 1;
                while (inflated > 0 && missing > 0) {
                    inflated = inflater.inflate(scratch);
                    missing -= inflated;
                }
            }
        } catch (DataFormatException e) {
            throw new IOException("it is damaged (" + e.getMessage() + ")", e);
        } finally {
            inflater.end();
        }
        if (missing > 0) throw new IOException("it is cut off (of its pixels, " + missing + " bytes are missing)");
    }
}
