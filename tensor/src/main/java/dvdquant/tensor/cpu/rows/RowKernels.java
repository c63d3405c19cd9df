package dvdquant.tensor.cpu.rows;

import dvdquant.core.format.ElementType;
import dvdquant.core.vector.Fma;
import dvdquant.tensor.cpu.machine.FloatMemory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

import java.lang.foreign.MemorySegment;

import static dvdquant.tensor.cpu.machine.FloatMemory.FLOATS;

/** Kernels on one row of channels in f32. Tails shorter than a vector go through the same formulas, element by element. */
public final class RowKernels {
    private static final int LANES = FLOATS.length();
    private static final VectorShuffle<Float> SWAP_PAIRS = VectorShuffle.fromOp(FLOATS, i -> (i ^ 1) % LANES);

    private static final float GELU_CUBIC = 0.044715f;
    /** 2 √(2/π) / ln 2: the exponential is taken to base 2. */
    private static final float GELU_SCALE = (float) (2 * Math.sqrt(2 / Math.PI) / Math.log(2));
    /** GELU is 0 to the last digit from here down (−1e-37), and the exponential still fits a float. */
    private static final float GELU_LEAST = -10f;

    private RowKernels() {}

    /** (x − mean) / √(variance + eps) · gain + offset, in place; the variance is that of all channels. */
    public static void layerNorm(float[] x, float[] gain, float[] offset, int count, double eps) {
        float mean = sum(x, count) / count;
        float scale = (float) (1 / Math.sqrt(sumOfSquares(x, 0, mean, count) / count + eps));
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector normed = FloatVector.fromArray(FLOATS, x, i).sub(mean).mul(scale);
            Fma.multiplyAdd(normed, FloatVector.fromArray(FLOATS, gain, i), FloatVector.fromArray(FLOATS, offset, i))
                    .intoArray(x, i);
        }
        for (; i < count; i++) {
            x[i] = Fma.multiplyAdd((x[i] - mean) * scale, gain[i], offset[i]);
        }
    }

    /** x / √(mean of squares + eps) · gain, in place. */
    public static void rmsNorm(float[] x, float[] gain, double eps) {
        for (int first = 0; first < x.length; first += gain.length) {
            rmsNorm(x, first, gain, gain.length, eps);
        }
    }

    private static void rmsNorm(float[] x, int first, float[] gain, int count, double eps) {
        float scale = (float) (1 / Math.sqrt(sumOfSquares(x, first, 0, count) / count + eps));
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector.fromArray(FLOATS, x, first + i).mul(scale).mul(FloatVector.fromArray(FLOATS, gain, i))
                    .intoArray(x, first + i);
        }
        for (; i < count; i++) {
            x[first + i] = x[first + i] * scale * gain[i];
        }
    }

    /**
     * Turns the pairs (2i, 2i + 1) of each head, in place.
     *
     * @param cos [headSize]: the cosine of pair i at 2i and 2i + 1
     * @param sin [headSize]: the sine of pair i, negated at 2i
     */
    public static void rotate(float[] x, float[] cos, float[] sin, int count) {
        int headSize = cos.length;
        int i = 0;
        for (; i <= headSize - LANES; i += LANES) { // the long loop inside: that over the heads
            FloatVector cosines = FloatVector.fromArray(FLOATS, cos, i);
            FloatVector sines = FloatVector.fromArray(FLOATS, sin, i);
            for (int at = i; at < count; at += headSize) {
                FloatVector v = FloatVector.fromArray(FLOATS, x, at);
                v.mul(cosines).add(v.rearrange(SWAP_PAIRS).mul(sines)).intoArray(x, at);
            }
        }
        for (; i < headSize; i += 2) {
            for (int at = i; at < count; at += headSize) {
                float even = x[at];
                float odd = x[at + 1];
                x[at] = even * cos[i] + odd * sin[i];
                x[at + 1] = odd * cos[i + 1] + even * sin[i + 1];
            }
        }
    }

    /** x + y · gate, into x. */
    public static void addGated(float[] x, float[] y, float[] gate, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            Fma.multiplyAdd(FloatVector.fromArray(FLOATS, y, i), FloatVector.fromArray(FLOATS, gate, i),
                    FloatVector.fromArray(FLOATS, x, i)).intoArray(x, i);
        }
        for (; i < count; i++) {
            x[i] = Fma.multiplyAdd(y[i], gate[i], x[i]);
        }
    }

    /**
     * GELU by its tanh approximation: ½ x (1 + tanh u) = x / (1 + e⁻²ᵘ) with u = √(2/π) (x + 0.044715 x³). Elements come from the memory at the
     * pace of the arithmetic, which is less than it takes to wait for them first.
     *
     * @param type of the memory, F32 or BF16
     * @param first element of it
     */
    public static void gelu(MemorySegment memory, ElementType type, long first, float[] into, int count) {
        int i = 0;
        if (type == ElementType.F32) {
            for (; i <= count - LANES; i += LANES) {
                gelu(FloatMemory.load(memory, ElementType.F32, first + i)).intoArray(into, i);
            }
        } else {
            for (; i <= count - LANES; i += LANES) {
                gelu(FloatMemory.load(memory, ElementType.BF16, first + i)).intoArray(into, i);
            }
        }
        for (; i < count; i++) {
            double v = Math.max(FloatMemory.get(memory, type, first + i), GELU_LEAST);
            double u = (v * v * GELU_CUBIC + 1) * v * GELU_SCALE;
            into[i] = (float) (v / (1 + Math.exp(-u * Math.log(2))));
        }
    }

    private static FloatVector gelu(FloatVector x) {
        FloatVector v = x.blend(GELU_LEAST, x.compare(VectorOperators.LT, GELU_LEAST));
        FloatVector slope = Fma.multiplyAdd(v.mul(v), FloatVector.broadcast(FLOATS, GELU_CUBIC * GELU_SCALE),
                FloatVector.broadcast(FLOATS, GELU_SCALE));
        return v.div(Exp2.ofMinus(slope.mul(v)).add(1f));
    }

    /**
     * The sum of a vector's elements, in a fixed order. That of {@code reduceLanes(ADD)} is left open, and changes within one run, when
     * the JIT compiles the loop.
     */
    public static float sumOfLanes(FloatVector vector) {
        var lanes = new float[LANES];
        vector.intoArray(lanes, 0);
        return sumOfLanes(lanes, 0);
    }

    /** The same of a vector that begins at {@code first} in an array, and is overwritten. */
    public static float sumOfLanes(float[] lanes, int first) {
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int i = first; i < first + half; i++) {
                lanes[i] += lanes[i + half];
            }
        }
        return lanes[first];
    }

    /** Four sums at once, since an addition waits for the one before it. */
    private static float sum(float[] x, int count) {
        FloatVector sum0 = FloatVector.zero(FLOATS);
        FloatVector sum1 = sum0;
        FloatVector sum2 = sum0;
        FloatVector sum3 = sum0;
        int i = 0;
        for (; i <= count - 4 * LANES; i += 4 * LANES) {
            sum0 = sum0.add(FloatVector.fromArray(FLOATS, x, i));
            sum1 = sum1.add(FloatVector.fromArray(FLOATS, x, i + LANES));
            sum2 = sum2.add(FloatVector.fromArray(FLOATS, x, i + 2 * LANES));
            sum3 = sum3.add(FloatVector.fromArray(FLOATS, x, i + 3 * LANES));
        }
        float sum = sumOfLanes(sum0.add(sum1).add(sum2.add(sum3)));
        for (; i < count; i++) {
            sum += x[i];
        }
        return sum;
    }

    private static float sumOfSquares(float[] x, int first, float mean, int count) {
        FloatVector sum0 = FloatVector.zero(FLOATS);
        FloatVector sum1 = sum0;
        FloatVector sum2 = sum0;
        FloatVector sum3 = sum0;
        int i = 0;
        for (; i <= count - 4 * LANES; i += 4 * LANES) {
            FloatVector d0 = FloatVector.fromArray(FLOATS, x, first + i).sub(mean);
            FloatVector d1 = FloatVector.fromArray(FLOATS, x, first + i + LANES).sub(mean);
            FloatVector d2 = FloatVector.fromArray(FLOATS, x, first + i + 2 * LANES).sub(mean);
            FloatVector d3 = FloatVector.fromArray(FLOATS, x, first + i + 3 * LANES).sub(mean);
            sum0 = Fma.multiplyAdd(d0, d0, sum0);
            sum1 = Fma.multiplyAdd(d1, d1, sum1);
            sum2 = Fma.multiplyAdd(d2, d2, sum2);
            sum3 = Fma.multiplyAdd(d3, d3, sum3);
        }
        float sum = sumOfLanes(sum0.add(sum1).add(sum2.add(sum3)));
        for (; i < count; i++) {
            sum += (x[first + i] - mean) * (x[first + i] - mean);
        }
        return sum;
    }
}
