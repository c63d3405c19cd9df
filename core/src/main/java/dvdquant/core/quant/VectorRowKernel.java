package dvdquant.core.quant;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The loops on the Vector API; what does not fill a vector is left to plain Java. */
final class VectorRowKernel implements RowKernel {
    private static final int MAGNITUDE = 0x7FFF_FFFF;

    private final ReferenceRowKernel rest = new ReferenceRowKernel();

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
    public void quantize(float[] values, int from, int count, Grid grid, byte[] codes, int to) {
        int i = 0;
        for (int bound = Lanes.FLOATS.loopBound(count); i < bound; i += Lanes.COUNT) {
            var scaled = FloatVector.fromArray(Lanes.FLOATS, values, from + i).div(grid.step());
            Lanes.toBytes(Lanes.toIntegers(scaled, grid.low(), grid.high()).add(grid.zero())).intoArray(codes, to + i);
        }
        rest.quantize(values, from + i, count - i, grid, codes, to + i);
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
