package dvdquant.cuda;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Device;
import dvdquant.tensor.Tensor;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * So many tokens that each group of a GPU's threads takes several, one after the other. They repeat after {@link #DIFFERENT}, a
 * prime: those that follow each other in a group differ, and so do those of neighboring groups, but a reference has little to compute.
 */
public final class ManyTokens {
    public static final int COUNT = 20_011;
    public static final int DIFFERENT = 211;
    /** Prime to the number of groups: no place of a group in its block is left out, and no token by its order in a group. */
    private static final int STRIDE = 41;
    private static final int AT_ENDS = 64;

    private ManyTokens() {}

    /** [{@link #DIFFERENT}, channels] in the host's memory: normal values around ½, of sizes from ⅛ to 8. */
    public static Tensor different(long seed, int channels, ElementType type) {
        var sizes = new float[DIFFERENT];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = Math.scalb(1f, i % 7 - 3);
        }
        return Tensor.randn(seed, DIFFERENT, channels).add(0.5).multiply(Tensor.ofFloats(sizes, DIFFERENT, 1)).to(type);
    }

    /** [{@link #COUNT}, channels] on a device: {@code different} again and again. */
    public static Tensor repeated(Tensor different, Device device) {
        long[] tokens = LongStream.range(0, COUNT).map(t -> t % DIFFERENT).toArray();
        return different.to(device).indexSelect(0, Tensor.ofLongs(tokens, COUNT).to(device));
    }

    /** The first and the last ones, and some between. */
    public static int[] compared() {
        return IntStream.range(0, COUNT)
                .filter(t -> t < AT_ENDS || t >= COUNT - AT_ENDS || t % STRIDE == 0).toArray();
    }

    /** Those of {@link #compared}, in the host's memory: [compared, …]. */
    public static Tensor comparedOf(Tensor tokens) {
        long[] compared = Arrays.stream(compared()).asLongStream().toArray();
        return tokens.indexSelect(0, Tensor.ofLongs(compared, compared.length).to(tokens.device())).to(Device.CPU);
    }

    static float[] floats(double[] values) {
        var floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
