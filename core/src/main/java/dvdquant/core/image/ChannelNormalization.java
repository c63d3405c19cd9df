package dvdquant.core.image;

import java.util.List;

/**
 * From bytes to what a model reads: (x / 255 − mean) / deviation, by color.
 *
 * @param mean of red, green and blue, of values in 0 … 1
 * @param deviation the same
 */
public record ChannelNormalization(List<Float> mean, List<Float> deviation) {
    /** To −1 … 1: what a VAE encodes. */
    public static final ChannelNormalization SYMMETRIC = new ChannelNormalization(List.of(0.5f, 0.5f, 0.5f),
            List.of(0.5f, 0.5f, 0.5f));

    /**
     * Copies both lists.
     *
     * @throws IllegalArgumentException if they are not three numbers each
     */
    public ChannelNormalization {
        if (mean.size() != 3 || deviation.size() != 3) {
            throw new IllegalArgumentException(
                    "mean " + mean + " and deviation " + deviation + ", expected three of each");
        }
        mean = List.copyOf(mean);
        deviation = List.copyOf(deviation);
    }

    /**
     * {@return the values of a picture, [3, height, width]}
     *
     * @param image of any size
     */
    public float[] apply(RgbImage image) {
        int area = image.width() * image.height();
        var values = new float[Math.multiplyExact(3, area)];
        byte[] pixels = image.pixels();
        for (int c = 0; c < 3; c++) {
            float[] levels = levels(c);
            for (int i = 0; i < area; i++) {
                values[c * area + i] = levels[pixels[3 * i + c] & 0xff];
            }
        }
        return values;
    }

    /** The value of each gray level. */
    private float[] levels(int channel) {
        var levels = new float[256];
        for (int level = 0; level < levels.length; level++) {
            levels[level] = (level / 255f - mean.get(channel)) / deviation.get(channel);
        }
        return levels;
    }
}
