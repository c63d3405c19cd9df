package dvdquant.core.testing;

import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * Seeds for property tests: new ones every run, or those of {@code -Dtests.seed=N}. Use with {@code @MethodSource} and name the
 * test {@code "seed {0}"}, so that a failure prints the seed; run again with that seed as {@code tests.seed}, it is the first case.
 */
public final class Seeds {
    private static final long BASE = base();

    private Seeds() {}

    private static long base() {
        String given = System.getProperty("tests.seed", "");
        return given.isBlank() ? System.nanoTime() & 0xFFFF_FFFFL : Long.parseLong(given.strip());
    }

    public static LongStream of(int count) {
        return LongStream.range(BASE, BASE + count);
    }

    public static SplittableRandom random(long seed) {
        return new SplittableRandom(seed);
    }

    /** Standard-normal values. */
    public static float[] gaussian(long seed, int count) {
        var random = new Random(seed);
        var values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
