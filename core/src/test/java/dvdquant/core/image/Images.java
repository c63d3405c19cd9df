package dvdquant.core.image;

import dvdquant.core.safetensors.SafetensorsFile;
import dvdquant.core.testing.Seeds;

import java.lang.foreign.ValueLayout;

/** Pictures for tests. */
public final class Images {
    private Images() {}

    public static RgbImage random(long seed, int width, int height) {
        var pixels = new byte[3 * width * height];
        Seeds.random(seed).nextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    public static RgbImage constant(int width, int height, int red, int green, int blue) {
        var pixels = new byte[3 * width * height];
        for (int i = 0; i < pixels.length; i += 3) {
            pixels[i] = (byte) red;
            pixels[i + 1] = (byte) green;
            pixels[i + 2] = (byte) blue;
        }
        return new RgbImage(width, height, pixels);
    }

    /** A picture stored as bytes, [height, width, 3]. */
    public static RgbImage stored(SafetensorsFile file, String name) {
        var tensor = file.tensor(name);
        return new RgbImage((int) tensor.shape().dim(1), (int) tensor.shape().dim(0),
                tensor.data().toArray(ValueLayout.JAVA_BYTE));
    }
}
