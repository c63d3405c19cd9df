package dvdquant.core.quant;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The fast Walsh–Hadamard transform without normalization, in place: log₂ B levels of sums and differences of values that lie 1, 2,
 * 4, … apart. {@link #reference} is the definition; {@link #transform} gives the same bits, since it adds in the same order.
 */
final class WalshHadamard {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
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
        for (; 2 * distance < block; distance *= 4) {
            twoLevels(values, offset, end, distance);
        }
        if (distance < block) oneLevel(values, offset, end, distance);
    }

    private static FloatVector withinVector(FloatVector x) {
        FloatVector y = x.fma(SIGN_1, x.rearrange(SWAP_1));
        y = y.fma(SIGN_2, y.rearrange(SWAP_2));
        if (LANES >= 8) y = y.fma(SIGN_4, y.rearrange(SWAP_4));
        if (LANES >= 16) y = y.fma(SIGN_8, y.rearrange(SWAP_8));
        return y;
    }

    /** All levels within four vectors: loads and stores cost more than the sums. (Eight vectors were slower.) */
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

    private static void oneLevel(float[] values, int offset, int end, int distance) {
        for (int start = offset; start < end; start += 2 * distance) {
            for (int i = start; i < start + distance; i += LANES) {
                FloatVector a = FloatVector.fromArray(FLOATS, values, i);
                FloatVector b = FloatVector.fromArray(FLOATS, values, i + distance);
                a.add(b).intoArray(values, i);
                a.sub(b).intoArray(values, i + distance);
            }
        }
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
