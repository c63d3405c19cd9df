package dvdquant.core.image;

import java.util.Arrays;

/**
 * A picture in memory, 8 bits a color. One of a {@code BufferedImage} is {@code RgbImage.ofArgb(b.getWidth(), b.getHeight(),
 * b.getRGB(0, 0, b.getWidth(), b.getHeight(), null, 0, b.getWidth()))}.
 *
 * @param width pixels
 * @param height pixels
 * @param pixels {@code height · width · 3} bytes, not copied: rows from the top, pixels from the left, red, green, blue
 */
public record RgbImage(int width, int height, byte[] pixels) {
    /**
     * Checks that there are as many bytes as the size says.
     *
     * @throws IllegalArgumentException if there are not
     */
    public RgbImage {
        long expected = 3 * new ImageSize(width, height).area();
        if (pixels.length != expected) {
            throw new IllegalArgumentException("image of " + pixels.length + " bytes, expected " + expected);
        }
    }

    /**
     * {@return a picture from pixels as {@code BufferedImage.getRGB} gives them: alpha is dropped, not blended}
     *
     * @param width pixels
     * @param height pixels
     * @param argb 0xAARRGGBB, rows from the top, pixels from the left, without a gap
     * @throws IllegalArgumentException if there are not width · height of them
     */
    public static RgbImage ofArgb(int width, int height, int[] argb) {
        var pixels = new byte[Math.multiplyExact(argb.length, 3)];
        for (int i = 0; i < argb.length; i++) {
            pixels[3 * i] = (byte) (argb[i] >> 16);
            pixels[3 * i + 1] = (byte) (argb[i] >> 8);
            pixels[3 * i + 2] = (byte) argb[i];
        }
        return new RgbImage(width, height, pixels);
    }

    /** {@return width and height in one} */
    public ImageSize size() {
        return new ImageSize(width, height);
    }

    /**
     * {@return the middle of the picture; of an odd margin the smaller half is cut from the left and the top}
     *
     * @param part the size that is kept
     * @throws IllegalArgumentException if the part is larger than the picture
     */
    public RgbImage centerCrop(ImageSize part) {
        if (part.width() > width || part.height() > height) {
            throw new IllegalArgumentException("the middle " + part + " of an image of " + size());
        }
        int left = (width - part.width()) / 2;
        int top = (height - part.height()) / 2;
        var cropped = new byte[3 * part.width() * part.height()];
        for (int y = 0; y < part.height(); y++) {
            System.arraycopy(pixels, 3 * ((top + y) * width + left), cropped, 3 * y * part.width(), 3 * part.width());
        }
        return new RgbImage(part.width(), part.height(), cropped);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RgbImage(int w, int h, byte[] p) && w == width && h == height
                && Arrays.equals(p, pixels);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width + height) + Arrays.hashCode(pixels);
    }

    /** Such as "image of 331×205 pixels". */
    @Override
    public String toString() {
        return "image of " + size() + " pixels";
    }
}
