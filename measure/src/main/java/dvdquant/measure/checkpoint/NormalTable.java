package dvdquant.measure.checkpoint;

import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A stream of normally distributed values that depends on seed and position only: element i is entry number {@code
 * 16 bits of SplitMix64} of a table of the 65,536 quantiles of the distribution. Two look-ups a nanosecond keep up with any disk.
 *
 * @see <a href="https://prng.di.unimi.it/splitmix64.c">SplitMix64</a>
 */
final class NormalTable {
    private static final int ENTRIES = 1 << 16;
    private static final long GOLDEN_GAMMA = 0x9E37_79B9_7F4A_7C15L;
    /** Elements that come from one number of the generator; parts of a stream begin at multiples of it. */
    static final int GROUP = 4;
    private static final double[] QUANTILES = quantiles();
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private final ElementType type;
    private final int[] bits = new int[ENTRIES];

    /** @param type F32 or BF16 */
    NormalTable(ElementType type, double mean, double deviation) {
        this.type = type;
        for (int i = 0; i < ENTRIES; i++) {
            float value = (float) (mean + deviation * QUANTILES[i]);
            bits[i] = switch (type) {
                case F32 -> Float.floatToRawIntBits(value);
                case BF16 -> BFloat16.fromFloat(value) & 0xFFFF;
                case BOOL, U8, I8, F8_E4M3, F16, I32, I64, F64 ->
                    throw new IllegalArgumentException("random values of " + type);
            };
        }
    }

    /**
     * The standard normal distribution's quantiles at (i + 1/2) / 65,536, by following dx/dp = 1 / density(x) from the median
     * outwards in steps of the Runge–Kutta method.
     */
    private static double[] quantiles() {
        var values = new double[ENTRIES];
        double x = 0;
        double step = 0.5 / ENTRIES;
        for (int i = ENTRIES / 2; i < ENTRIES; i++) {
            double k1 = slope(x);
            double k2 = slope(x + step / 2 * k1);
            double k3 = slope(x + step / 2 * k2);
            double k4 = slope(x + step * k3);
            x += step / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
            values[i] = x;
            values[ENTRIES - 1 - i] = -x;
            step = 1.0 / ENTRIES; // the first step is half as long
        }
        return values;
    }

    private static double slope(double x) {
        return Math.sqrt(2 * Math.PI) * StrictMath.exp(x * x / 2);
    }

    /**
     * Fills a part of a stream.
     *
     * @param first index of the part's first element, a multiple of {@link #GROUP}
     * @param target as many whole elements as are wanted
     */
    void fill(MemorySegment target, long stream, long first) {
        long count = target.byteSize() / type.sizeBytes();
        long whole = count / GROUP;
        for (long group = 0; group < whole; group++) {
            put(target, group, splitMix(stream + (first / GROUP + group) * GOLDEN_GAMMA));
        }
        if (count == whole * GROUP) return;
        MemorySegment last = MemorySegment.ofArray(new long[2]);
        put(last, 0, splitMix(stream + (first / GROUP + whole) * GOLDEN_GAMMA));
        long done = whole * GROUP * type.sizeBytes();
        MemorySegment.copy(last, 0, target, done, target.byteSize() - done);
    }

    /**
     * Reads a part of a stream as floats.
     *
     * @param first index of the part's first element, any
     * @param into takes {@code count} values
     */
    void read(float[] into, int count, long stream, long first) {
        for (int i = 0; i < count; i++) {
            long element = first + i;
            long random = splitMix(stream + element / GROUP * GOLDEN_GAMMA);
            int value = bits[(int) (random >>> element % GROUP * Short.SIZE) & 0xFFFF];
            into[i] = type == ElementType.BF16 ? BFloat16.toFloat((short) value) : Float.intBitsToFloat(value);
        }
    }

    private void put(MemorySegment target, long group, long random) {
        long a = bits[(int) random & 0xFFFF] & 0xFFFF_FFFFL;
        long b = bits[(int) (random >>> 16) & 0xFFFF] & 0xFFFF_FFFFL;
        long c = bits[(int) (random >>> 32) & 0xFFFF] & 0xFFFF_FFFFL;
        long d = bits[(int) (random >>> 48)] & 0xFFFF_FFFFL;
        if (type == ElementType.BF16) {
            target.set(LONG, 8 * group, a | b << 16 | c << 32 | d << 48);
        } else {
            target.set(LONG, 16 * group, a | b << 32);
            target.set(LONG, 16 * group + 8, c | d << 32);
        }
    }

    static long splitMix(long state) {
        long z = (state ^ state >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }
}
