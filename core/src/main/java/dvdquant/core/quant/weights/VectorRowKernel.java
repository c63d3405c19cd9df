package dvdquant.core.quant.weights;

import dvdquant.core.vector.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The loops on the Vector API; what does not fill a vector is left to plain Java. */
public final class VectorRowKernel implements RowKernel {
    private static final int MAGNITUDE = 0x7FFF_FFFF;
    private static final float LEAST_STEP = 0x1p-60f;

    private final ReferenceRowKernel rest = new ReferenceRowKernel();

    /** Without state: one serves all threads. */
    public VectorRowKernel() {}

    @Override
    public float magnitude(float[] values, int offset, int count) {
        // Bits of floats without a sign are in the order of the floats, infinity and NaN last.
        var largest = IntVector.zero(Lanes.INTS);
        int i = 0;
        for (int bound = Lanes.FLOATS.loopBound(count); i < bound; i += Lanes.COUNT) {
            largest = largest
                    .max(FloatVector.fromArray(Lanes.FLOATS, values, offset + i).reinterpretAsInts().and(MAGNITUDE));
        }
        float vectors = Float.intBitsToFloat(largest.reduceLanes(VectorOperators.MAX));
        return Math.max(vectors, rest.magnitude(values, offset + i, count - i));
    }

    @Override
    public boolean isConstant(float[] values, int offset, int count) {
        int i = 0;
        for (int bound = Lanes.FLOATS.loopBound(count); i < bound; i += Lanes.COUNT) {
            var w = FloatVector.fromArray(Lanes.FLOATS, values, offset + i);
            if (w.compare(VectorOperators.NE, values[offset]).anyTrue()) return false;
        }
        return i == count || values[offset + i] == values[offset] && rest.isConstant(values, offset + i, count - i);
    }

    @Override
    public void quantize(float[] values, int offset, QuantizedRow row) {
        if (row.groupColumns() % Lanes.COUNT != 0 || !hasUsualSteps(row)) {
            rest.quantize(values, offset, row);
            return;
        }
        for (int group = 0; group < row.zeroPoints().length; group++) {
            quantizeGroup(values, offset, row, group);
        }
    }

    /** Whether all are of those sizes for which {@link Lanes#quotient} is exact; quotients below ¼ round to zero in any case. */
    private static boolean hasUsualSteps(QuantizedRow row) {
        for (int group = 0; group < row.zeroPoints().length; group++) {
            float step = row.step(group);
            if (step < LEAST_STEP || step > 1 / LEAST_STEP) return false;
        }
        return true;
    }

    private static void quantizeGroup(float[] values, int offset, QuantizedRow row, int group) {
        byte[] codes = row.codes();
        float step = row.step(group);
        float reciprocal = 1 / step;
        int zero = Byte.toUnsignedInt(row.zeroPoints()[group]);
        int low = row.range().lowestOf(zero);
        int high = low + row.range().span();
        int size = row.groupColumns();
        for (int k = group * size, end = k + size; k < end; k += Lanes.COUNT) {
            var scaled = Lanes.quotient(FloatVector.fromArray(Lanes.FLOATS, values, offset + k), step, reciprocal);
            Lanes.toBytes(Lanes.toIntegers(scaled, low, high).add(zero)).intoArray(codes, k);
        }
    }

    @Override
    public void round(float[] values, int offset, int count, Grid grid) {
        int i = offset;
        for (int bound = offset + Lanes.FLOATS.loopBound(count); i < bound; i += Lanes.COUNT) {
            Lanes.round(Lanes.load(values, i).div(grid.step()), grid.low(), grid.high()).mul(grid.step())
                    .intoArray(values, i);
        }
        rest.round(values, i, offset + count - i, grid);
    }
}
