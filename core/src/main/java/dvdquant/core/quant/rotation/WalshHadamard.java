package dvdquant.core.quant.rotation;

import dvdquant.core.vector.Fma;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The fast Walsh–Hadamard transform without normalization, in place: log₂ B levels of sums and differences of values that lie 1, 2,
 * 4, … apart. {@link #reference} is the definition; the others give the same bits, since they add in the same order.
 */
final class WalshHadamard {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    /** Values that go through all levels before the next do: they and their factors are few beside the first-level cache. */
    private static final int CHUNK = 1024;
    private static final VectorShuffle<Float> SWAP_1 = swap(1);
    private static final VectorShuffle<Float> SWAP_2 = swap(2);
    private static final VectorShuffle<Float> SWAP_4 = swap(4);
    private static final VectorShuffle<Float> SWAP_8 = swap(8);
    private static final FloatVector SIGN_1 = signs(1);
    private static final FloatVector SIGN_2 = signs(2);
    private static final FloatVector SIGN_4 = signs(4);
    private static final FloatVector SIGN_8 = signs(8);

    private WalshHadamard() {}

    private static VectorShuffle<Float> swap(int distance) {
        return VectorShuffle.fromOp(FLOATS, lane -> (lane ^ distance) % LANES);
    }

    private static FloatVector signs(int distance) {
        var signs = new float[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            signs[lane] = (lane & distance) == 0 ? 1 : -1;
        }
        return FloatVector.fromArray(FLOATS, signs, 0);
    }

    /** Transforms {@code values[offset … offset + block)}; {@code block} is a power of two. */
    static void reference(float[] values, int offset, int block) {
        for (int distance = 1; distance < block; distance *= 2) {
            for (int i = 0; i < block; i++) {
                if ((i & distance) != 0) continue;
                float a = values[offset + i];
                float b = values[offset + i + distance];
                values[offset + i] = a + b;
                values[offset + i + distance] = a - b;
            }
        }
    }

    /** As {@link #reference}, on {@code count / block} blocks in a row. */
    static void transform(float[] values, int offset, int count, int block) {
        int end = offset + count;
        if (block < LANES || LANES < 4 || LANES > 16) {
            for (int start = offset; start < end; start += block) {
                reference(values, start, block);
            }
            return;
        }
        int distance = LANES;
        if (block >= 4 * LANES) {
            withinFour(values, offset, end);
            distance *= 4;
        } else {
            for (int i = offset; i < end; i += LANES) {
                withinVector(FloatVector.fromArray(FLOATS, values, i)).intoArray(values, i);
            }
        }
        between(values, offset, end, distance, block);
    }

    /**
     * {@link #transform} of values times factors.
     *
     * @param factors [count]
     */
    static void transformScaled(float[] values, float[] factors, int offset, int count, int block) {
        if (block < 4 * LANES || LANES < 4 || LANES > 16) {
            multiply(values, factors, offset, count);
            transform(values, offset, count, block);
            return;
        }
        int size = Math.max(block, CHUNK);
        for (int from = 0; from < count; from += size) {
            int end = Math.min(count, from + size);
            withinFourScaled(values, factors, offset, from, end);
            between(values, offset + from, offset + end, 4 * LANES, block);
        }
    }

    /** Multiplies {@code values[offset … offset + count)} by factors. */
    static void multiply(float[] values, float[] factors, int offset, int count) {
        int k = 0;
        for (int bound = FLOATS.loopBound(count); k < bound; k += LANES) {
            scaled(values, factors, offset, k).intoArray(values, offset + k);
        }
        for (; k < count; k++) {
            values[offset + k] *= factors[k];
        }
    }

    private static FloatVector scaled(float[] values, float[] factors, int offset, int k) {
        return FloatVector.fromArray(FLOATS, values, offset + k).mul(FloatVector.fromArray(FLOATS, factors, k));
    }

    private static FloatVector withinVector(FloatVector x) {
        FloatVector y = Fma.multiplyAdd(x, SIGN_1, x.rearrange(SWAP_1));
        y = Fma.multiplyAdd(y, SIGN_2, y.rearrange(SWAP_2));
        if (LANES >= 8) y = Fma.multiplyAdd(y, SIGN_4, y.rearrange(SWAP_4));
        if (LANES >= 16) y = Fma.multiplyAdd(y, SIGN_8, y.rearrange(SWAP_8));
        return y;
    }

    /** All levels within four vectors: loads and stores cost more than the sums. (The JIT does not inline those of eight.) */
    private static void withinFour(float[] values, int offset, int end) {
        for (int i = offset; i < end; i += 4 * LANES) {
            FloatVector a = withinVector(FloatVector.fromArray(FLOATS, values, i));
            FloatVector b = withinVector(FloatVector.fromArray(FLOATS, values, i + LANES));
            FloatVector c = withinVector(FloatVector.fromArray(FLOATS, values, i + 2 * LANES));
            FloatVector d = withinVector(FloatVector.fromArray(FLOATS, values, i + 3 * LANES));
            FloatVector ab = a.add(b);
            FloatVector cd = c.add(d);
            FloatVector amb = a.sub(b);
            FloatVector cmd = c.sub(d);
            ab.add(cd).intoArray(values, i);
            amb.add(cmd).intoArray(values, i + LANES);
            ab.sub(cd).intoArray(values, i + 2 * LANES);
            amb.sub(cmd).intoArray(values, i + 3 * LANES);
        }
    }

    private static void withinFourScaled(float[] values, float[] factors, int offset, int from, int end) {
        for (int k = from; k < end; k += 4 * LANES) {
            FloatVector a = withinVector(scaled(values, factors, offset, k));
            FloatVector b = withinVector(scaled(values, factors, offset, k + LANES));
            FloatVector c = withinVector(scaled(values, factors, offset, k + 2 * LANES));
            FloatVector d = withinVector(scaled(values, factors, offset, k + 3 * LANES));
            FloatVector ab = a.add(b);
            FloatVector cd = c.add(d);
            FloatVector amb = a.sub(b);
            FloatVector cmd = c.sub(d);
            ab.add(cd).intoArray(values, offset + k);
            amb.add(cmd).intoArray(values, offset + k + LANES);
            ab.sub(cd).intoArray(values, offset + k + 2 * LANES);
            amb.sub(cmd).intoArray(values, offset + k + 3 * LANES);
        }
    }

    /** The levels from a distance on. */
    private static void between(float[] values, int offset, int end, int distance, int block) {
        if (distance == 4 * LANES && block == 8 * LANES) {
            lastOfEight(values, offset, end);
            return;
        }
        for (; 2 * distance < block; distance *= 4) {
            twoLevels(values, offset, end, distance);
        }
        if (distance < block) oneLevel(values, offset, end, distance);
    }

    /** {@link #oneLevel} of blocks of eight vectors, as most are (128), without a loop of four turns in each. */
    private static void lastOfEight(float[] values, int offset, int end) {
        for (int i = offset; i < end; i += 8 * LANES) {
            sumAndDifference(values, i, 4 * LANES);
            sumAndDifference(values, i + LANES, 4 * LANES);
            sumAndDifference(values, i + 2 * LANES, 4 * LANES);
            sumAndDifference(values, i + 3 * LANES, 4 * LANES);
        }
    }

    private static void oneLevel(float[] values, int offset, int end, int distance) {
        for (int start = offset; start < end; start += 2 * distance) {
            for (int i = start; i < start + distance; i += LANES) {
                sumAndDifference(values, i, distance);
            }
        }
    }

    private static void sumAndDifference(float[] values, int i, int distance) {
        FloatVector a = FloatVector.fromArray(FLOATS, values, i);
        FloatVector b = FloatVector.fromArray(FLOATS, values, i + distance);
        a.add(b).intoArray(values, i);
        a.sub(b).intoArray(values, i + distance);
    }

    /** Two levels in one pass. */
    private static void twoLevels(float[] values, int offset, int end, int distance) {
        for (int start = offset; start < end; start += 4 * distance) {
            for (int i = start; i < start + distance; i += LANES) {
                FloatVector a = FloatVector.fromArray(FLOATS, values, i);
                FloatVector b = FloatVector.fromArray(FLOATS, values, i + distance);
                FloatVector c = FloatVector.fromArray(FLOATS, values, i + 2 * distance);
                FloatVector d = FloatVector.fromArray(FLOATS, values, i + 3 * distance);
                FloatVector ab = a.add(b);
                FloatVector cd = c.add(d);
                FloatVector amb = a.sub(b);
                FloatVector cmd = c.sub(d);
                ab.add(cd).intoArray(values, i);
                amb.add(cmd).intoArray(values, i + distance);
                ab.sub(cd).intoArray(values, i + 2 * distance);
                amb.sub(cmd).intoArray(values, i + 3 * distance);
            }
        }
    }
}
