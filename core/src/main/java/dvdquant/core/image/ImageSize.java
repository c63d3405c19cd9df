package dvdquant.core.image;

/**
 * How large a picture is.
 *
 * @param width pixels
 * @param height pixels
 */
public record ImageSize(int width, int height) {
    /**
     * Checks that there are pixels.
     *
     * @throws IllegalArgumentException if a side has none
     */
    public ImageSize {
        if (width < 1 || height < 1) throw new IllegalArgumentException("image of " + width + "×" + height + " pixels");
    }

    /** {@return how many pixels there are} */
    public long area() {
        return (long) width * height;
    }

    /**
     * {@return the size of this shape at another area: each side is rounded down to a multiple, and is one multiple at
     * least}
     *
     * @param area pixels
     * @param multiple what both sides must be multiples of: what the VAE shrinks a side by, times the side of a patch
     * @see <a href="https://github.com/huggingface/diffusers">diffusers, the example in pipelines/wan/pipeline_wan_i2v.py</a>
     */
    public ImageSize atArea(long area, int multiple) {
        if (area < 1 || multiple < 1) throw new IllegalArgumentException("area " + area + ", multiples of " + multiple);
        double aspectRatio = (double) height / width;
        return new ImageSize(side(Math.sqrt(area / aspectRatio), multiple),
                side(Math.sqrt(area * aspectRatio), multiple));
    }

    private static int side(double length, int multiple) {
        long multiples = Math.max(1, (long) Math.rint(length) / multiple);
        return Math.toIntExact(multiples * multiple);
    }

    /** The least size of this shape that covers another, rounded to whole pixels. */
    ImageSize covering(ImageSize other) {
        double scale = Math.max((double) other.width / width, (double) other.height / height);
        return new ImageSize(Math.max(other.width, (int) Math.rint(width * scale)),
                Math.max(other.height, (int) Math.rint(height * scale)));
    }

    /** Such as "331×205". */
    @Override
    public String toString() {
        return width + "×" + height;
    }
}
