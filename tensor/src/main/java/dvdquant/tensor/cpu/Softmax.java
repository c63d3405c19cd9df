package dvdquant.tensor.cpu;

import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

import static dvdquant.tensor.cpu.Rows.FLOATS;

/** The exponentials of a row of attention scores, on native memory that oneDNN wrote and will read. */
final class Softmax {
    private static final int LANES = FLOATS.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private Softmax() {}

    /** The largest of {@code count} floats from byte {@code offset}; NaNs are passed over. */
    static float max(MemorySegment scores, long offset, int count) {
        FloatVector max0 = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        FloatVector max1 = max0;
        int i = 0;
        for (; i <= count - 2 * LANES; i += 2 * LANES) {
            FloatVector v0 = FloatVector.fromMemorySegment(FLOATS, scores, offset + i * 4L, ORDER);
            FloatVector v1 = FloatVector.fromMemorySegment(FLOATS, scores, offset + (i + LANES) * 4L, ORDER);
            max0 = max0.blend(v0, v0.compare(VectorOperators.GT, max0)); // a third of the time of FloatVector.max
            max1 = max1.blend(v1, v1.compare(VectorOperators.GT, max1));
        }
        float max = max0.max(max1).reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) {
            max = Math.max(max, scores.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + i * 4L));
        }
        return max;
    }

    /**
     * Writes 2^((score − max) · scale) for each of {@code count} scores, as {@code type}, and returns their sum. A NaN stays one.
     *
     * @param into may be {@code scores} itself, at the same offset, if {@code type} is F32
     */
    static float exponentials(MemorySegment scores, long offset, int count, float max, float scale, MemorySegment into,
            long intoOffset, ElementType type) {
        FloatVector shift = FloatVector.broadcast(FLOATS, max * scale);
        FloatVector negativeScale = FloatVector.broadcast(FLOATS, -scale);
        FloatVector sum = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector score = FloatVector.fromMemorySegment(FLOATS, scores, offset + i * 4L, ORDER);
            FloatVector power = Exp2.ofMinus(score.fma(negativeScale, shift));
            sum = sum.add(power);
            if (type == ElementType.F32) {
                power.intoMemorySegment(into, intoOffset + i * 4L, ORDER);
            } else {
                Rows.floatsToBf16(power).intoMemorySegment(into, intoOffset + i * 2L, ORDER);
            }
        }
        float total = RowKernels.sumOfLanes(sum);
        for (; i < count; i++) {
            float score = scores.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + i * 4L);
            float power = (float) Math.exp(-Math.fma(score, -scale, max * scale) * Math.log(2));
            total += power;
            if (type == ElementType.F32) {
                into.set(ValueLayout.JAVA_FLOAT_UNALIGNED, intoOffset + i * 4L, power);
            } else {
                into.set(ValueLayout.JAVA_SHORT_UNALIGNED, intoOffset + i * 2L, BFloat16.fromFloat(power));
            }
        }
        return total;
    }
}
