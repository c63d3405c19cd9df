package dvdquant.video.image;

import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A still picture of WebP, lossy (VP8) or lossless (VP8L).
 *
 * @param file a WebP file of nothing else
 */
record WebpFrame(ImageSize size, byte[] file) {
    private static final int START_CODE = 0x2a019d;
    private static final int LOSSLESS_SIGNATURE = 0x2f;
    private static final int SIDE_BITS = (1 << 14) - 1;

    /** @param chunk what is in the chunk {@code VP8} or {@code VP8L} */
    static WebpFrame of(String type, ByteBuffer chunk) throws IOException {
        if (chunk.limit() < (type.equals("VP8L") ? 5 : 10))
            throw new IOException("it is damaged (its picture is too short)");
        ImageSize size = type.equals("VP8L") ? losslessSize(chunk) : lossySize(chunk);
        ByteBuffer file = ByteBuffer.allocate(20 + chunk.limit() + chunk.limit() % 2).order(ByteOrder.LITTLE_ENDIAN);
        file.put(ascii("RIFF")).putInt(file.limit() - 8).put(ascii("WEBP")).put(ascii(type)).putInt(chunk.limit());
        file.put(chunk.slice(0, chunk.limit()));
        return new WebpFrame(size, file.array());
    }

    private static byte[] ascii(String type) {
        return type.getBytes(StandardCharsets.US_ASCII);
    }

    /** RFC 6386, 9.1: three bytes, a start code, then both sides; their upper two bits ask for a scale that nobody applies. */
    private static ImageSize lossySize(ByteBuffer chunk) throws IOException {
        if ((chunk.getInt(3) & 0xffffff) != START_CODE) throw new IOException("it is damaged (its picture is not VP8)");
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

    /** The pixels of a decoded frame. */
    static RgbImage rgb(AVFrame frame) {
        return frame.format() == avutil.AV_PIX_FMT_YUV420P ? new LossyWebpPixels(frame).rgb() : PackedPixels.rgb(frame);
    }
}
