package dvdquant.video.image;

import dvdquant.core.image.RgbImage;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * RGB of a frame of VP8, whose chroma has half the width and height, by libwebp's integers: chroma is interpolated by the weights 9, 3, 3
 * and 1 (its "fancy upsampling"), colors are BT.601 of a limited range.
 *
 * @see <a href="https://chromium.googlesource.com/webm/libwebp">libwebp, src/dsp/upsampling.c and yuv.h</a>
 */
final class LossyWebpPixels {
    private final AVFrame frame;
    private final int width;
    private final int height;
    private final byte[] luma;
    /** Rows of U and of V: the nearer to the row of luma, and the one on its other side. */
    private final byte[][] near = new byte[2][];
    private final byte[][] far = new byte[2][];

    LossyWebpPixels(AVFrame frame) {
        this.frame = frame;
        width = frame.width();
        height = frame.height();
        luma = new byte[width];
        for (int plane = 0; plane < 2; plane++) {
            near[plane] = new byte[(width + 1) / 2];
            far[plane] = new byte[(width + 1) / 2];
        }
    }

    RgbImage rgb() {
        var rgb = new byte[3 * width * height];
        int lastChromaRow = (height - 1) / 2;
        for (int y = 0, at = 0; y < height; y++) {
            PackedPixels.readRow(frame, 0, y, luma);
            for (int plane = 0; plane < 2; plane++) {
                PackedPixels.readRow(frame, 1 + plane, y / 2, near[plane]);
                PackedPixels.readRow(frame, 1 + plane, Math.clamp(beside(y), 0, lastChromaRow), far[plane]);
            }
            for (int x = 0; x < width; x++, at += 3) {
                convert(luma[x] & 0xff, chroma(0, x), chroma(1, x), rgb, at);
            }
        }
        return new RgbImage(width, height, rgb);
    }

    /** The second nearest row or column of chroma: even pixels lie before the middle of the nearest, odd ones behind it. */
    private static int beside(int pixel) {
        return pixel % 2 == 0 ? pixel / 2 - 1 : pixel / 2 + 1;
    }

    private int chroma(int plane, int x) {
        int besideX = Math.clamp(beside(x), 0, near[plane].length - 1);
        int nearest = near[plane][x / 2] & 0xff;
        int across = near[plane][besideX] & 0xff;
        int along = far[plane][x / 2] & 0xff;
        int diagonal = far[plane][besideX] & 0xff;
        int mean = nearest + across + along + diagonal + 2 * (across + along) + 8 >> 3;
        return mean + nearest >> 1;
    }

    private static void convert(int y, int u, int v, byte[] rgb, int at) {
        int luma = scaled(y, 19_077);
        rgb[at] = rounded(luma + scaled(v, 26_149) - 14_234);
        rgb[at + 1] = rounded(luma - scaled(u, 6_419) - scaled(v, 13_320) + 8_708);
        rgb[at + 2] = rounded(luma + scaled(u, 33_050) - 17_685);
    }

    /** By a factor in 14 bits, with 6 bits kept. */
    private static int scaled(int value, int factor) {
        return value * factor >> 8;
    }

    private static byte rounded(int value) {
        return (byte) Math.clamp(value >> 6, 0, 255);
    }
}
