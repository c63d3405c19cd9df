package dvdquant.core.image;

import dvdquant.core.InputException;

import java.util.Arrays;

/**
 * How pictures are resized: along rows, then along columns, antialiased, each result rounded to a byte as the reference's fixed-point
 * arithmetic does, so that values are equal to the reference's.
 *
 * @param kernel what a pixel takes of those around it
 * @param fixedPoint whose arithmetic it is done in
 * @see <a href="https://pillow.readthedocs.io/en/stable/handbook/concepts.html#filters">Pillow, Image.resize</a>
 */
public record Resampling(ResamplingKernel kernel, FixedPoint fixedPoint) {
    /** {@code Image.resize} of Pillow with LANCZOS: diffusers' VaeImageProcessor. */
    public static final Resampling PILLOW_LANCZOS = new Resampling(ResamplingKernel.LANCZOS, FixedPoint.PILLOW);
    /** {@code Image.resize} of Pillow with BICUBIC. */
    public static final Resampling PILLOW_BICUBIC = new Resampling(ResamplingKernel.BICUBIC, FixedPoint.PILLOW);
    /** {@code resize} of torchvision on bytes, bicubic and antialiased: transformers' CLIPImageProcessor. */
    public static final Resampling TORCHVISION_BICUBIC = new Resampling(ResamplingKernel.BICUBIC,
            FixedPoint.TORCHVISION);

    /**
     * {@return the whole picture at another size; its shape need not stay}
     *
     * @param image not changed
     * @param to the size of the result
     * @throws InputException if it is so long and thin that the picture between the two passes has no place in an array
     */
    public RgbImage resize(RgbImage image, ImageSize to) {
        long largest = Math.max(to.area(), (long) to.width() * image.height());
        if (3 * largest > Integer.MAX_VALUE) {
            throw new InputException("an image of " + image.size() + " pixels cannot be resized to " + to
                    + ": in between it would have " + largest + " pixels, expected at most " + Integer.MAX_VALUE / 3);
        }
        RgbImage narrowed = image.width() == to.width() ? image : resizeRows(image, to.width());
        return image.height() == to.height() ? narrowed : resizeColumns(narrowed, to.height());
    }

    private RgbImage resizeRows(RgbImage image, int width) {
        ResamplingWeights weights = ResamplingWeights.of(kernel, fixedPoint, image.width(), width);
        byte[] source = image.pixels();
        var target = new byte[3 * width * image.height()];
        int at = 0;
        for (int y = 0; y < image.height(); y++) {
            int row = 3 * image.width() * y;
            for (int x = 0; x < width; x++) {
                int from = row + 3 * weights.first()[x];
                int[] taken = weights.weights()[x];
                for (int c = 0; c < 3; c++) {
                    int sum = 1 << weights.fractionBits() - 1;
                    for (int i = 0; i < taken.length; i++) {
                        sum += (source[from + 3 * i + c] & 0xff) * taken[i];
                    }
                    target[at++] = (byte) Math.clamp(sum >> weights.fractionBits(), 0, 255);
                }
            }
        }
        return new RgbImage(width, image.height(), target);
    }

    private RgbImage resizeColumns(RgbImage image, int height) {
        ResamplingWeights weights = ResamplingWeights.of(kernel, fixedPoint, image.height(), height);
        byte[] source = image.pixels();
        int rowBytes = 3 * image.width();
        var target = new byte[3 * image.width() * height];
        var sums = new int[rowBytes];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sums, 1 << weights.fractionBits() - 1);
            int[] taken = weights.weights()[y];
            for (int i = 0; i < taken.length; i++) {
                int from = (weights.first()[y] + i) * rowBytes;
                for (int x = 0; x < rowBytes; x++) {
                    sums[x] += (source[from + x] & 0xff) * taken[i];
                }
            }
            for (int x = 0; x < rowBytes; x++) {
                target[y * rowBytes + x] = (byte) Math.clamp(sums[x] >> weights.fractionBits(), 0, 255);
            }
        }
        return new RgbImage(image.width(), height, target);
    }
}
