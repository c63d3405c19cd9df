package dvdquant.video.image;

import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A still picture of WebP.
 *
 * @param lossless VP8L, else VP8
 * @param chunk what is in the file's chunk of that name
 */
record WebpFrame(ImageSize size, boolean lossless, ByteBuffer chunk) {
    private static final int START_CODE = 0x2a019d;
    private static final int LOSSLESS_SIGNATURE = 0x2f;
    private static final int SIDE_BITS = (1 << 14) - 1;
    private static final int TAIL_BYTES = 64;

    /** @param type the chunk's name, {@code VP8} or {@code VP8L} */
    static WebpFrame of(String type, ByteBuffer chunk) throws IOException {
        boolean lossless = type.equals("VP8L");
        if (chunk.limit() < (lossless ? 5 : 10)) throw new IOException("it is damaged (its picture is too short)");
        return new WebpFrame(lossless ? losslessSize(chunk) : lossySize(chunk), lossless, chunk);
    }

    /**
     * The picture. VP8's arithmetic code reads zeros where its data end too early, and ffmpeg does not say so; but a whole picture is the
     * same whatever follows it, the least that can, zeros, or the greatest, ones.
     */
    RgbImage decode() throws IOException {
        RgbImage picture = decode(0);
        if (!lossless && !decode(TAIL_BYTES).equals(picture)) throw new IOException("it is cut off");
        return picture;
    }

    private RgbImage decode(int tailBytes) throws IOException {
        return PictureDecoder.decode(avcodec.AV_CODEC_ID_WEBP, file(tailBytes), size, WebpFrame::rgb);
    }

    /** A WebP file of nothing else, with ones behind the picture's data. */
    private byte[] file(int tailBytes) {
        int length = chunk.limit() + tailBytes;
        ByteBuffer file = ByteBuffer.allocate(20 + length + length % 2).order(ByteOrder.LITTLE_ENDIAN);
        file.put(ascii("RIFF")).putInt(file.limit() - 8).put(ascii("WEBP")).put(ascii(lossless ? "VP8L" : "VP8 "));
        file.putInt(length).put(chunk.slice(0, chunk.limit()));
        for (int i = 0; i < tailBytes; i++) {
            file.put((byte) 0xff);
        }
        return file.array();
    }

    private static byte[] ascii(String type) {
        return type.getBytes(StandardCharsets.US_ASCII);
    }

    /** RFC 6386, 9.1: three bytes, a start code, then both sides; their upper two bits ask for a scale that nobody applies. */
    private static ImageSize lossySize(ByteBuffer chunk) throws IOException {
        if ((chunk.getInt(3) & 0xffffff) != START_CODE) throw new IOException("it is damaged (its picture is not VP8)");
        int firstPartition = (chunk.getInt(0) & 0xffffff) >> 5;
        if (firstPartition > chunk.limit() - 10) throw new IOException("it is cut off");
        return size(chunk.getShort(6) & SIDE_BITS, chunk.getShort(8) & SIDE_BITS);
    }

    /** A signature, then 14 bits of each side less one. */
    private static ImageSize losslessSize(ByteBuffer chunk) throws IOException {
        if (chunk.get(0) != LOSSLESS_SIGNATURE) throw new IOException("it is damaged (its picture is not VP8L)");
        int sides = chunk.getInt(1);
        return size((sides & SIDE_BITS) + 1, (sides >> 14 & SIDE_BITS) + 1);
    }

    private static ImageSize size(int width, int height) throws IOException {
        if (width < 1 || height < 1) throw new IOException("its size is not one (" + width + "×" + height + ")");
        return new ImageSize(width, height);
    }

    private static RgbImage rgb(AVFrame frame) {
        return frame.format() == avutil.AV_PIX_FMT_YUV420P ? new LossyWebpPixels(frame).rgb() : PackedPixels.rgb(frame);
    }
}
