package dvdquant.video.image;

import dvdquant.core.image.RgbImage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a camera was held, by the EXIF tag Orientation: which mirrored or exchanged axes show the picture upright.
 *
 * @param mirroredX from right to left, as it is stored
 * @param mirroredY from bottom to top, as it is stored
 * @param transposed stored rows are then columns
 * @see <a href="https://www.cipa.jp/e/std/std-sec.html">Exif 2.32, 4.6.4, tag 0x0112</a>
 */
record Orientation(boolean mirroredX, boolean mirroredY, boolean transposed) {
    private static final int TAG = 0x0112;
    private static final int ENTRY_BYTES = 12;

    /** What EXIF data say; upright, if they do not say it or cannot be read. */
    static Orientation of(ByteBuffer exif) {
        return of(value(exif.slice()));
    }

    /** By the tag's value, 1 to 8; others are taken as 1, upright. */
    static Orientation of(int value) {
        return switch (value) {
            case 2 -> new Orientation(true, false, false);
            case 3 -> new Orientation(true, true, false);
            case 4 -> new Orientation(false, true, false);
            case 5 -> new Orientation(false, false, true);
            case 6 -> new Orientation(false, true, true);
            case 7 -> new Orientation(true, true, true);
            case 8 -> new Orientation(true, false, true);
            default -> new Orientation(false, false, false);
        };
    }

    private static int value(ByteBuffer tiff) {
        if (tiff.limit() < 8) return 1;
        tiff.order(tiff.getShort(0) == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = tiff.getInt(4);
        if (directory < 0 || directory > tiff.limit() - 2) return 1;
        int entries = tiff.getShort(directory) & 0xffff;
        for (int i = 0, at = directory + 2; i < entries && at <= tiff.limit() - ENTRY_BYTES; i++, at += ENTRY_BYTES) {
            if ((tiff.getShort(at) & 0xffff) == TAG) return tiff.getShort(at + 8);
        }
        return 1;
    }

    /** The picture upright. */
    RgbImage apply(RgbImage stored) {
        if (!mirroredX && !mirroredY && !transposed) return stored;
        int width = transposed ? stored.height() : stored.width();
        int height = transposed ? stored.width() : stored.height();
        var upright = new byte[stored.pixels().length];
        for (int y = 0, at = 0; y < height; y++) {
            for (int x = 0; x < width; x++, at += 3) {
                int column = transposed ? y : x;
                int row = transposed ? x : y;
                if (mirroredX) column = stored.width() - 1 - column;
                if (mirroredY) row = stored.height() - 1 - row;
                System.arraycopy(stored.pixels(), 3 * (row * stored.width() + column), upright, at, 3);
            }
        }
        return new RgbImage(width, height, upright);
    }
}
