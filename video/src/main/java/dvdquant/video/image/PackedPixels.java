package dvdquant.video.image;

import dvdquant.core.image.RgbImage;
import dvdquant.video.ffmpeg.FfmpegException;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;

/**
 * Pixels whose colors lie side by side. Of 16 bits, big-endian, the high byte is taken; alpha is skipped.
 *
 * @param pixelBytes from one pixel to the next
 * @param red where in a pixel its byte is, and so on
 */
record PackedPixels(int pixelBytes, int red, int green, int blue) {
    /** Converts a frame of PNG or of lossless WebP. */
    static RgbImage rgb(AVFrame frame) {
        return switch (frame.format()) {
            case avutil.AV_PIX_FMT_GRAY8 -> gray(1).read(frame);
            case avutil.AV_PIX_FMT_YA8, avutil.AV_PIX_FMT_GRAY16BE -> gray(2).read(frame);
            case avutil.AV_PIX_FMT_YA16BE -> gray(4).read(frame);
            case avutil.AV_PIX_FMT_RGB24 -> new PackedPixels(3, 0, 1, 2).read(frame);
            case avutil.AV_PIX_FMT_RGBA -> new PackedPixels(4, 0, 1, 2).read(frame);
            case avutil.AV_PIX_FMT_ARGB -> new PackedPixels(4, 1, 2, 3).read(frame);
            case avutil.AV_PIX_FMT_RGB48BE -> new PackedPixels(6, 0, 2, 4).read(frame);
            case avutil.AV_PIX_FMT_RGBA64BE -> new PackedPixels(8, 0, 2, 4).read(frame);
            case avutil.AV_PIX_FMT_MONOBLACK -> bits(frame);
            case avutil.AV_PIX_FMT_PAL8 -> palette(frame);
            default -> throw new FfmpegException("its pixels are of a kind that is not known ("
                    + avutil.av_get_pix_fmt_name(frame.format()).getString() + ")");
        };
    }

    private static PackedPixels gray(int pixelBytes) {
        return new PackedPixels(pixelBytes, 0, 0, 0);
    }

    private RgbImage read(AVFrame frame) {
        var rgb = new byte[3 * frame.width() * frame.height()];
        var row = new byte[frame.width() * pixelBytes];
        for (int y = 0, to = 0; y < frame.height(); y++) {
            readRow(frame, 0, y, row);
            for (int from = 0; from < row.length; from += pixelBytes, to += 3) {
                rgb[to] = row[from + red];
                rgb[to + 1] = row[from + green];
                rgb[to + 2] = row[from + blue];
            }
        }
        return new RgbImage(frame.width(), frame.height(), rgb);
    }

    /** Eight pixels a byte, from the high bit on; 1 is white. */
    private static RgbImage bits(AVFrame frame) {
        var argb = new int[frame.width() * frame.height()];
        var row = new byte[(frame.width() + 7) / 8];
        for (int y = 0, to = 0; y < frame.height(); y++) {
            readRow(frame, 0, y, row);
            for (int x = 0; x < frame.width(); x++) {
                boolean white = (row[x / 8] >> 7 - x % 8 & 1) != 0;
                argb[to++] = white ? 0xffffff : 0;
            }
        }
        return RgbImage.ofArgb(frame.width(), frame.height(), argb);
    }

    private static RgbImage palette(AVFrame frame) {
        var colors = new int[256];
        new IntPointer(frame.data(1)).get(colors);
        var argb = new int[frame.width() * frame.height()];
        var row = new byte[frame.width()];
        for (int y = 0, to = 0; y < frame.height(); y++) {
            readRow(frame, 0, y, row);
            for (byte index : row) {
                argb[to++] = colors[index & 0xff];
            }
        }
        return RgbImage.ofArgb(frame.width(), frame.height(), argb);
    }

    /** Copies the beginning of a plane's row. */
    static void readRow(AVFrame frame, int plane, int y, byte[] row) {
        BytePointer data = frame.data(plane);
        data.position((long) y * frame.linesize(plane)).get(row);
    }
}
