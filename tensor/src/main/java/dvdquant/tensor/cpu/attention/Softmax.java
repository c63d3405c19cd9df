package dvdquant.tensor.cpu.attention;

import dvdquant.core.vector.Fma;
import dvdquant.tensor.cpu.machine.FloatMemory;
import dvdquant.tensor.cpu.rows.Exp2;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

import static dvdquant.tensor.cpu.machine.FloatMemory.FLOATS;
import static dvdquant.tensor.cpu.machine.FloatMemory.INTS;

/**
 * The exponentials of rows of attention scores, from native memory to native memory. A row is a whole number of vectors, and begins
 * at an element {@code first}.
 *
 * <p>One row a loop, and {@code power.add(sum)} instead of {@code sum.add(power)}: otherwise the JIT boxes every vector, the second in a
 * whole forward only.
 */
final class Softmax {
    static final int LANES = FLOATS.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private Softmax() {}

    /** {@code count}, rounded up to whole vectors. */
    static int padded(int count) {
        return Math.ceilDiv(count, LANES) * LANES;
    }

    /** The largest score of a row; NaNs are passed over. */
    static float max(MemorySegment scores, long first, int width) {
        FloatVector max = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < width; i += LANES) {
            FloatVector score = FloatVector.fromMemorySegment(FLOATS, scores, (first + i) * 4, ORDER);
            max = max.blend(score, score.compare(VectorOperators.GT, max)); // a third of the time of FloatVector.max
        }
        return max.reduceLanes(VectorOperators.MAX);
    }

    /**
     * Writes 2^(score · scale + shift) for each finite score of a row; the results are of use where no exponent is above 126, and at
     * least about 2⁻¹²⁶. A NaN stays one.
     *
     * @param sums LANES, which together are the row's sum
     * @return the largest exponent
     */
    static float toF32(MemorySegment scores, MemorySegment weights, long first, int width, float scale, float shift,
            float[] sums) {
        FloatVector sum = FloatVector.zero(FLOATS);
        FloatVector least = FloatVector.broadcast(FLOATS, Float.POSITIVE_INFINITY);
        for (int i = 0; i < width; i += LANES) {
            FloatVector score = FloatVector.fromMemorySegment(FLOATS, scores, (first + i) * 4, ORDER);
            FloatVector u = Fma.multiplyAdd(score, FloatVector.broadcast(FLOATS, -scale),
                    FloatVector.broadcast(FLOATS, -shift));
            least = least.blend(u, u.compare(VectorOperators.LT, least));
            FloatVector power = Exp2.ofMinus(u);
            sum = power.add(sum);
            power.intoMemorySegment(weights, (first + i) * 4, ORDER);
        }
        sum.intoArray(sums, 0);
        return -least.reduceLanes(VectorOperators.MIN);
    }

    /**
     * The same in BF16, times √2, as the sums are, which are those of the rounded weights. With AMX this loop takes a third of an
     * attention's time, and its arithmetic is what takes it.
     *
     * @return the largest exponent, rounded; where a score is a NaN, it may be one too large for any
     */
    static float toBf16(MemorySegment scores, MemorySegment weights, long first, int width, float scale, float shift,
            float[] sums) {
        FloatVector sum = FloatVector.zero(FLOATS);
        IntVector largest = IntVector.broadcast(INTS, 0);
        for (int i = 0; i < width; i += LANES) {
            FloatVector score = FloatVector.fromMemorySegment(FLOATS, scores, (first + i) * 4, ORDER);
            FloatVector x = Fma.multiplyAdd(score, FloatVector.broadcast(FLOATS, scale),
                    FloatVector.broadcast(FLOATS, shift));
            FloatVector rounded = x.add(Exp2.ROUND_BIASED);
            largest = largest.max(rounded.reinterpretAsInts());
            IntVector power = Exp2.bf16(x, rounded);
            sum = power.reinterpretAsFloats().add(sum);
            ((ShortVector) power.lanewise(VectorOperators.LSHR, 16).convertShape(VectorOperators.I2S,
                    FloatMemory.SHORTS, 0))
                    .intoMemorySegment(weights, (first + i) * 2, ORDER);
        }
        sum.intoArray(sums, 0);
        return largest.reduceLanes(VectorOperators.MAX) - Float.floatToRawIntBits(Exp2.ROUND_BIASED);
    }

    /** Reads a row of values, times {@code factor}. */
    static void multiply(MemorySegment values, long first, int width, float factor, float[] into) {
        for (int i = 0; i < width; i += LANES) {
            FloatVector.fromMemorySegment(FLOATS, values, (first + i) * 4, ORDER).mul(factor).intoArray(into, i);
        }
    }
}
