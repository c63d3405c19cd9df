package dvdquant.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import static dvdquant.tensor.cpu.Rows.FLOATS;

/** The exponentials of a row of attention scores, in place. */
final class Softmax {
    private static final int LANES = FLOATS.length();

    private Softmax() {}

    /** The largest of the first {@code count} scores; NaNs are passed over. */
    static float max(float[] scores, int count) {
        FloatVector max0 = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        FloatVector max1 = max0;
        int i = 0;
        for (; i <= count - 2 * LANES; i += 2 * LANES) {
            FloatVector v0 = FloatVector.fromArray(FLOATS, scores, i);
            FloatVector v1 = FloatVector.fromArray(FLOATS, scores, i + LANES);
            max0 = max0.blend(v0, v0.compare(VectorOperators.GT, max0)); // a third of the time of FloatVector.max
            max1 = max1.blend(v1, v1.compare(VectorOperators.GT, max1));
        }
        float max = max0.max(max1).reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) {
            max = Math.max(max, scores[i]);
        }
        return max;
    }

    /**
     * Replaces each of the first {@code count} scores by 2^((score − max) · scale), and returns their sum. A NaN stays one.
     *
     * <p>The running sum is in an array: where it was a variable, the JIT at times boxed it once a vector.
     */
    static float exponentials(float[] scores, int count, float max, float scale) {
        FloatVector shift = FloatVector.broadcast(FLOATS, max * scale);
        FloatVector negativeScale = FloatVector.broadcast(FLOATS, -scale);
        var sums = new float[LANES];
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector power = Exp2.ofMinus(FloatVector.fromArray(FLOATS, scores, i).fma(negativeScale, shift));
            power.intoArray(scores, i);
            FloatVector.fromArray(FLOATS, sums, 0).add(power).intoArray(sums, 0);
        }
        float total = RowKernels.sumOfLanes(sums);
        for (; i < count; i++) {
            scores[i] = (float) Math.exp(-Math.fma(scores[i], -scale, max * scale) * Math.log(2));
            total += scores[i];
        }
        return total;
    }
}
