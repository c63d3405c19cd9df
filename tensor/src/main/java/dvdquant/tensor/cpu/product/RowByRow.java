package dvdquant.tensor.cpu.product;

import dvdquant.core.format.ElementType;
import dvdquant.core.vector.Fma;
import dvdquant.core.vector.Lanes;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.WeightRows;
import dvdquant.tensor.cpu.machine.FloatMemory;
import dvdquant.tensor.cpu.machine.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import java.lang.foreign.MemorySegment;

/**
 * The product of one token by a weight that is not kept: each row is multiplied in F32 as it is made, while it is in the cache, and written
 * nowhere.
 */
final class RowByRow {
    /** Tasks a thread: rows take equally long, but threads do not. */
    private static final int TASKS = 4;

    private RowByRow() {}

    /**
     * @param x [1, in]
     * @param bias [out], or null
     * @return [1, out], of the type of {@code x}
     */
    static Tensor apply(Tensor x, WeightRows weight, Tensor bias, Workers workers) {
        int out = weight.out();
        ElementType type = x.type();
        Tensor result = Tensor.empty(type, 1, out);
        MemorySegment memory = result.segment();
        float[] token = x.toFloats();
        float[] biases = bias == null ? new float[out] : bias.toFloats();
        int rows = Math.ceilDiv(out, TASKS * workers.count());
        workers.forEach(Math.ceilDiv(out, rows), task -> {
            WeightRows.Reader reader = weight.reader();
            var row = new float[token.length];
            int first = (int) task * rows;
            for (int r = first; r < Math.min(out, first + rows); r++) {
                reader.read(r, row);
                FloatMemory.set(dot(row, token) + biases[r], memory, type, r);
            }
        });
        return result;
    }

    /** In two sums of vectors, so that one addition need not wait for the other. */
    private static float dot(float[] a, float[] b) {
        FloatVector even = Lanes.ZERO;
        FloatVector odd = Lanes.ZERO;
        int i = 0;
        for (; i <= a.length - 2 * Lanes.COUNT; i += 2 * Lanes.COUNT) {
            even = Fma.multiplyAdd(Lanes.load(a, i), Lanes.load(b, i), even);
            odd = Fma.multiplyAdd(Lanes.load(a, i + Lanes.COUNT), Lanes.load(b, i + Lanes.COUNT), odd);
        }
        float sum = even.add(odd).reduceLanes(VectorOperators.ADD);
        for (; i < a.length; i++) {
            sum = Fma.multiplyAdd(a[i], b[i], sum);
        }
        return sum;
    }
}
