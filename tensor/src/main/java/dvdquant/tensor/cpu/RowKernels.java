package dvdquant.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

import static dvdquant.tensor.cpu.Rows.FLOATS;

/** Kernels on one row of channels in f32. Tails shorter than a vector go through the same formulas, element by element. */
final class RowKernels {
    private static final int LANES = FLOATS.length();
    private static final VectorShuffle<Float> SWAP_PAIRS = VectorShuffle.fromOp(FLOATS, i -> (i ^ 1) % LANES);

    private static final float GELU_CUBIC = 0.044715f;
    /** 2 √(2/π) / ln 2: the exponential is taken to base 2. */
    private static final float GELU_SCALE = (float) (2 * Math.sqrt(2 / Math.PI) / Math.log(2));
    /** GELU is 0 to the last digit from here down (−1e-37), and the exponential still fits a float. */
    private static final float GELU_LEAST = -10f;

    private RowKernels() {}

    /** (x − mean) / √(variance + eps) · gain + offset, in place; the variance is that of all channels. */
    static void layerNorm(float[] x, float[] gain, float[] offset, int count, double eps) {
        float mean = sum(x, count) / count;
        float scale = (float) (1 / Math.sqrt(sumOfSquares(x, mean, count) / count + eps));
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector normed = FloatVector.fromArray(FLOATS, x, i).sub(mean).mul(scale);
            normed.fma(FloatVector.fromArray(FLOATS, gain, i), FloatVector.fromArray(FLOATS, offset, i)).intoArray(x,
                    i);
        }
        for (; i < count; i++) {
            x[i] = Math.fma((x[i] - mean) * scale, gain[i], offset[i]);
        }
    }

    /** x / √(mean of squares + eps) · gain, in place. */
    static void rmsNorm(float[] x, float[] gain, int count, double eps) {
        float scale = (float) (1 / Math.sqrt(sumOfSquares(x, 0, count) / count + eps));
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector.fromArray(FLOATS, x, i).mul(scale).mul(FloatVector.fromArray(FLOATS, gain, i)).intoArray(x, i);
        }
        for (; i < count; i++) {
            x[i] = x[i] * scale * gain[i];
        }
    }

    /**
     * Turns the pairs (2i, 2i + 1) of each head, in place.
     *
     * @param cos [headSize]: the cosine of pair i at 2i and 2i + 1
     * @param sin [headSize]: the sine of pair i, negated at 2i
     */
    static void rotate(float[] x, float[] cos, float[] sin, int count) {
        int headSize = cos.length;
        for (int head = 0; head < count; head += headSize) {
            int i = 0;
            for (; i <= headSize - LANES; i += LANES) {
                FloatVector v = FloatVector.fromArray(FLOATS, x, head + i);
                FloatVector swapped = v.rearrange(SWAP_PAIRS);
                v.mul(FloatVector.fromArray(FLOATS, cos, i)).add(swapped.mul(FloatVector.fromArray(FLOATS, sin, i)))
                        .intoArray(x, head + i);
            }
            for (; i < headSize; i += 2) {
                float even = x[head + i];
                float odd = x[head + i + 1];
                x[head + i] = even * cos[i] + odd * sin[i];
                x[head + i + 1] = odd * cos[i + 1] + even * sin[i + 1];
            }
        }
    }

    /** x + y · gate, into x. */
    static void addGated(float[] x, float[] y, float[] gate, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector.fromArray(FLOATS, y, i)
                    .fma(FloatVector.fromArray(FLOATS, gate, i), FloatVector.fromArray(FLOATS, x, i)).intoArray(x, i);
        }
        for (; i < count; i++) {
            x[i] = Math.fma(y[i], gate[i], x[i]);
        }
    }

    /**
     * GELU by its tanh approximation, in place: ½ x (1 + tanh u) = x / (1 + e⁻²ᵘ) with u = √(2/π) (x + 0.044715 x³).
     */
    static void gelu(float[] x, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector v = FloatVector.fromArray(FLOATS, x, i);
            v = v.blend(GELU_LEAST, v.compare(VectorOperators.LT, GELU_LEAST));
            FloatVector u = v.mul(v).mul(GELU_CUBIC).add(1f).mul(v).mul(GELU_SCALE);
            v.div(Exp2.ofMinus(u).add(1f)).intoArray(x, i);
        }
        for (; i < count; i++) {
            double v = Math.max(x[i], GELU_LEAST);
            double u = (v * v * GELU_CUBIC + 1) * v * GELU_SCALE;
            x[i] = (float) (v / (1 + Math.exp(-u * Math.log(2))));
        }
    }

    /**
     * The sum of a vector's elements, in a fixed order. That of {@code reduceLanes(ADD)} is left open, and changes within one run, when
     * the JIT compiles the loop.
     */
    static float sumOfLanes(FloatVector vector) {
        var lanes = new float[LANES];
        vector.intoArray(lanes, 0);
        return sumOfLanes(lanes, 0);
    }

    /** The same of a vector that begins at {@code first} in an array, and is overwritten. */
    static float sumOfLanes(float[] lanes, int first) {
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int i = first; i < first + half; i++) {
                lanes[i] += lanes[i + half];
            }
        }
        return lanes[first];
    }

    private static float sum(float[] x, int count) {
        FloatVector sum0 = FloatVector.zero(FLOATS);
        FloatVector sum1 = sum0;
        int i = 0;
        for (; i <= count - 2 * LANES; i += 2 * LANES) {
            sum0 = sum0.add(FloatVector.fromArray(FLOATS, x, i));
            sum1 = sum1.add(FloatVector.fromArray(FLOATS, x, i + LANES));
        }
        float sum = sumOfLanes(sum0.add(sum1));
        for (; i < count; i++) {
            sum += x[i];
        }
        return sum;
    }

    private static float sumOfSquares(float[] x, float mean, int count) {
        FloatVector sum0 = FloatVector.zero(FLOATS);
        FloatVector sum1 = sum0;
        int i = 0;
        for (; i <= count - 2 * LANES; i += 2 * LANES) {
            FloatVector d0 = FloatVector.fromArray(FLOATS, x, i).sub(mean);
            FloatVector d1 = FloatVector.fromArray(FLOATS, x, i + LANES).sub(mean);
            sum0 = d0.fma(d0, sum0);
            sum1 = d1.fma(d1, sum1);
        }
        float sum = sumOfLanes(sum0.add(sum1));
        for (; i < count; i++) {
            sum += (x[i] - mean) * (x[i] - mean);
        }
        return sum;
    }
}
