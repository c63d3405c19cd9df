package dvdquant.tensor.cpu.convolution;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.cpu.machine.FloatMemory;
import jdk.incubator.vector.FloatVector;

import java.lang.foreign.MemorySegment;

import static dvdquant.tensor.cpu.machine.FloatMemory.FLOATS;

/**
 * A 3 × 3 convolution by 16 multiplications for 4 pixels of the result, where sums of products take 36: F(2 × 2, 3 × 3). All factors of the
 * input and of the products are ±1, so it rounds about as plain sums do.
 *
 * <p>Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2015), equations 5 to 8.
 */
record Winograd() implements Cells {
    private static final int POINTS = 4;
    private static final int LANES = FLOATS.length();

    @Override
    public int side() {
        return 2;
    }

    @Override
    public int step() {
        return 2;
    }

    @Override
    public int extent() {
        return POINTS;
    }

    @Override
    public int batch() {
        return POINTS * POINTS;
    }

    @Override
    public int taps() {
        return 1;
    }

    /** G g Gᵀ. */
    @Override
    public void weights(float[] kernel, float[] into) {
        for (int column = 0; column < 3; column++) {
            toPoints(kernel[column], kernel[3 + column], kernel[6 + column], into, column, POINTS);
        }
        for (int i = 0; i < POINTS * POINTS; i += POINTS) {
            toPoints(into[i], into[i + 1], into[i + 2], into, i, 1);
        }
    }

    /** G of three taps. */
    private static void toPoints(float g0, float g1, float g2, float[] into, int at, int step) {
        into[at] = g0;
        into[at + step] = ((g0 + g2) + g1) / 2;
        into[at + 2 * step] = ((g0 + g2) - g1) / 2;
        into[at + 3 * step] = g2;
    }

    /** Bᵀ d B, a row of Bᵀ d at a time. */
    @Override
    public void expand(float[] patch, int at, int rowStride, int channels, MemorySegment rows, long first,
            long matrixStride) {
        int second = at + rowStride;
        int third = second + rowStride;
        int fourth = third + rowStride;
        long four = POINTS * matrixStride;
        expandRow(patch, at, third, -1, channels, rows, first, matrixStride);
        expandRow(patch, second, third, 1, channels, rows, first + four, matrixStride);
        expandRow(patch, third, second, -1, channels, rows, first + 2 * four, matrixStride);
        expandRow(patch, second, fourth, -1, channels, rows, first + 3 * four, matrixStride);
    }

    /** The row {@code patch[a] + sign · patch[b]} of four pixels, times B. */
    private static void expandRow(float[] patch, int a, int b, float sign, int channels, MemorySegment rows, long first,
            long matrixStride) {
        // Not fma: the product is exact, and a CPU without that instruction would take Java's, in big decimals.
        FloatVector signs = FloatVector.broadcast(FLOATS, sign);
        for (int c = 0; c < channels; c += LANES) {
            FloatVector t0 = FloatVector.fromArray(FLOATS, patch, b + c).mul(signs)
                    .add(FloatVector.fromArray(FLOATS, patch, a + c));
            FloatVector t1 = FloatVector.fromArray(FLOATS, patch, b + c + channels).mul(signs)
                    .add(FloatVector.fromArray(FLOATS, patch, a + c + channels));
            FloatVector t2 = FloatVector.fromArray(FLOATS, patch, b + c + 2 * channels).mul(signs)
                    .add(FloatVector.fromArray(FLOATS, patch, a + c + 2 * channels));
            FloatVector t3 = FloatVector.fromArray(FLOATS, patch, b + c + 3 * channels).mul(signs)
                    .add(FloatVector.fromArray(FLOATS, patch, a + c + 3 * channels));
            long to = first / 4 + c;
            long stride = matrixStride / 4;
            FloatMemory.store(t0.sub(t2), rows, ElementType.F32, to);
            FloatMemory.store(t1.add(t2), rows, ElementType.F32, to + stride);
            FloatMemory.store(t2.sub(t1), rows, ElementType.F32, to + 2 * stride);
            FloatMemory.store(t1.sub(t3), rows, ElementType.F32, to + 3 * stride);
        }
    }

    /** Aᵀ m A: of each row of m a left and a right sum, and sums of those. */
    @Override
    public void collect(MemorySegment rows, long first, long matrixStride, int channels, float[] into) {
        long stride = matrixStride / 4;
        for (int c = 0; c < channels; c += LANES) {
            long at = first / 4 + c;
            FloatVector m1 = FloatMemory.load(rows, ElementType.F32, at + stride);
            FloatVector m2 = FloatMemory.load(rows, ElementType.F32, at + 2 * stride);
            FloatVector y00 = FloatMemory.load(rows, ElementType.F32, at).add(m1).add(m2);
            FloatVector y01 = m1.sub(m2).sub(FloatMemory.load(rows, ElementType.F32, at + 3 * stride));
            m1 = FloatMemory.load(rows, ElementType.F32, at + 5 * stride);
            m2 = FloatMemory.load(rows, ElementType.F32, at + 6 * stride);
            FloatVector y10 = FloatMemory.load(rows, ElementType.F32, at + 4 * stride).add(m1).add(m2);
            FloatVector y11 = m1.sub(m2).sub(FloatMemory.load(rows, ElementType.F32, at + 7 * stride));
            m1 = FloatMemory.load(rows, ElementType.F32, at + 9 * stride);
            m2 = FloatMemory.load(rows, ElementType.F32, at + 10 * stride);
            FloatVector left = FloatMemory.load(rows, ElementType.F32, at + 8 * stride).add(m1).add(m2);
            FloatVector right = m1.sub(m2).sub(FloatMemory.load(rows, ElementType.F32, at + 11 * stride));
            y00.add(y10).add(left).intoArray(into, c);
            y01.add(y11).add(right).intoArray(into, c + channels);
            m1 = FloatMemory.load(rows, ElementType.F32, at + 13 * stride);
            m2 = FloatMemory.load(rows, ElementType.F32, at + 14 * stride);
            y10 = y10.sub(left).sub(FloatMemory.load(rows, ElementType.F32, at + 12 * stride).add(m1).add(m2));
            y11 = y11.sub(right).sub(m1.sub(m2).sub(FloatMemory.load(rows, ElementType.F32, at + 15 * stride)));
            y10.intoArray(into, c + 2 * channels);
            y11.intoArray(into, c + 3 * channels);
        }
    }
}
