package dvdquant.video.image;

import java.io.IOException;
import java.util.Arrays;

/** What a JPEG file's components are, and RGB made of them by the integers of libjpeg and, of four components, of Pillow. */
enum JpegColors {
    GRAY(1),
    RGB(3),
    YCBCR(3),
    CMYK(4),
    YCCK(4);

    /** In place of Adobe's transform where there is no Adobe segment. */
    static final int NO_ADOBE = -1;
    private static final int HALF = 1 << 15;

    private final int components;

    JpegColors(int components) {
        this.components = components;
    }

    /**
     * What libjpeg takes components for, where nothing says what they are.
     *
     * @param ids the components' names
     * @param jfif whether there is a JFIF segment
     * @param adobeTransform of the Adobe segment: 0 none, 1 YCbCr, 2 YCCK; else {@link #NO_ADOBE}
     */
    static JpegColors of(byte[] ids, boolean jfif, int adobeTransform) throws IOException {
        return switch (ids.length) {
            case 1 -> GRAY;
            case 3 -> {
                if (jfif) yield YCBCR;
                if (adobeTransform != NO_ADOBE) yield adobeTransform == 0 ? RGB : YCBCR;
                yield Arrays.equals(ids, new byte[]{'R', 'G', 'B'}) ? RGB : YCBCR;
            }
            case 4 -> adobeTransform == NO_ADOBE || adobeTransform == 0 ? CMYK : YCCK;
            default -> throw new IOException("it has " + ids.length + " colors, expected 1, 3 or 4");
        };
    }

    int components() {
        return components;
    }

    /** Converts pixels, in place where three components stay three. */
    byte[] toRgb(byte[] values) {
        return switch (this) {
            case RGB -> values;
            case GRAY -> {
                var rgb = new byte[3 * values.length];
                for (int i = 0; i < rgb.length; i++) {
                    rgb[i] = values[i / 3];
                }
                yield rgb;
            }
            case YCBCR -> {
                for (int i = 0; i < values.length; i += 3) {
                    unpack(values, i);
                }
                yield values;
            }
            case CMYK, YCCK -> withBlack(values);
        };
    }

    /** The light that black lets through, less what the inks take of it. CMYK stands inverted; what YCCK is unpacked to does not. */
    private byte[] withBlack(byte[] values) {
        var rgb = new byte[values.length / 4 * 3];
        for (int from = 0, to = 0; from < values.length; from += 4, to += 3) {
            if (this == YCCK) unpack(values, from);
            int black = values[from + 3] & 0xff;
            for (int c = 0; c < 3; c++) {
                int stored = values[from + c] & 0xff;
                int ink = this == YCCK ? stored : 255 - stored;
                rgb[to + c] = (byte) Math.max(0, black - dividedBy255(ink * black));
            }
        }
        return rgb;
    }

    /** Rounded, for products of two bytes. */
    private static int dividedBy255(int product) {
        int rounded = product + 128;
        return (rounded >> 8) + rounded >> 8;
    }

    /** One pixel from YCbCr to RGB in its place, by JFIF's formula in fixed point of 16 bits. */
    private static void unpack(byte[] values, int at) {
        int luma = values[at] & 0xff;
        int blue = (values[at + 1] & 0xff) - 128;
        int red = (values[at + 2] & 0xff) - 128;
        values[at] = clamped(luma + (91_881 * red + HALF >> 16)); // 1.402
        values[at + 1] = clamped(luma + (-22_554 * blue - 46_802 * red + HALF >> 16)); // 0.344136, 0.714136
        values[at + 2] = clamped(luma + (116_130 * blue + HALF >> 16)); // 1.772
    }

    private static byte clamped(int value) {
        return (byte) Math.clamp(value, 0, 255);
    }
}
