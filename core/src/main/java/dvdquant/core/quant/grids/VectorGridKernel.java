package dvdquant.core.quant.grids;

import dvdquant.core.vector.Fma;
import dvdquant.core.vector.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops on the Vector API, each in a method of its own that takes arrays, so that no vector is boxed at its border.
 */
final class VectorGridKernel implements GridKernel {
    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final int LANES = Lanes.COUNT;
    private static final float MAGIC = Lanes.MAGIC;

    @Override
    public void bounds(Tile tile, float[] minimum, float[] maximum) {
        float[] values = tile.values;
        for (int part = 0; part < Tile.LANES; part += LANES) {
            var least = FloatVector.fromArray(FLOATS, values, part);
            var most = least;
            for (int i = part; i < values.length; i += Tile.LANES) {
                var w = FloatVector.fromArray(FLOATS, values, i);
                least = least.blend(w, w.compare(VectorOperators.LT, least));
                most = most.blend(w, w.compare(VectorOperators.GT, most));
            }
            least.intoArray(minimum, part);
            most.intoArray(maximum, part);
        }
        tile.combineBounds(minimum, maximum);
    }

    @Override
    public void sum(Tile tile, float[] sum) {
        float[] values = tile.values;
        for (int part = 0; part < Tile.LANES; part += LANES) {
            var total = FloatVector.zero(FLOATS);
            for (int i = part; i < values.length; i += Tile.LANES) {
                total = total.add(FloatVector.fromArray(FLOATS, values, i));
            }
            total.intoArray(sum, part);
        }
        tile.combine(sum);
    }

    @Override
    public void errors(Tile tile, int span, Grids one, Grids other) {
        for (int part = 0; part < tile.filled; part += LANES) {
            errors(tile.values, part, span, one, other);
        }
        tile.combine(one.error);
        tile.combine(other.error);
    }

    /**
     * One load serves two grids. Of each the errors of even and of odd weights are summed apart, which hides the latency of the
     * additions: with every weight the two sums change places. A method that calls none with vectors of its own: what C2 does not
     * inline it boxes.
     */
    private static void errors(float[] values, int part, int span, Grids one, Grids other) {
        var magic = FloatVector.broadcast(FLOATS, MAGIC);
        var minus = FloatVector.fromArray(FLOATS, one.step, part);
        var scale = FloatVector.broadcast(FLOATS, 1).div(minus);
        minus = minus.neg();
        var low = FloatVector.fromArray(FLOATS, one.low, part).add(MAGIC).reinterpretAsInts();
        var high = low.add(span);
        var otherMinus = FloatVector.fromArray(FLOATS, other.step, part);
        var otherScale = FloatVector.broadcast(FLOATS, 1).div(otherMinus);
        otherMinus = otherMinus.neg();
        var otherLow = FloatVector.fromArray(FLOATS, other.low, part).add(MAGIC).reinterpretAsInts();
        var otherHigh = otherLow.add(span);
        var error = FloatVector.zero(FLOATS);
        var lastError = error;
        var otherError = error;
        var otherLastError = error;
        for (int i = part; i < values.length; i += Tile.LANES) {
            var w = FloatVector.fromArray(FLOATS, values, i);
            var c = Fma.multiplyAdd(w, scale, magic).reinterpretAsInts().max(low).min(high).reinterpretAsFloats();
            var d = Fma.multiplyAdd(c.sub(magic), minus, w);
            var sum = Fma.multiplyAdd(d, d, lastError);
            lastError = error;
            error = sum;
            c = Fma.multiplyAdd(w, otherScale, magic).reinterpretAsInts().max(otherLow).min(otherHigh)
                    .reinterpretAsFloats();
            d = Fma.multiplyAdd(c.sub(magic), otherMinus, w);
            sum = Fma.multiplyAdd(d, d, otherLastError);
            otherLastError = otherError;
            otherError = sum;
        }
        error.add(lastError).intoArray(one.error, part);
        otherError.add(otherLastError).intoArray(other.error, part);
    }

    @Override
    public void moments(Tile tile, int span, Grids grids, Moments moments) {
        for (int part = 0; part < tile.filled; part += LANES) {
            moments(tile.values, part, span, grids, moments);
        }
        tile.combine(grids.error);
        tile.combine(moments.codes());
        tile.combine(moments.codesTimesWeights());
        tile.combine(moments.squaredCodes());
    }

    private static void moments(float[] values, int part, int span, Grids grids, Moments moments) {
        var magic = FloatVector.broadcast(FLOATS, MAGIC);
        var minus = FloatVector.fromArray(FLOATS, grids.step, part);
        var scale = FloatVector.broadcast(FLOATS, 1).div(minus);
        minus = minus.neg();
        var low = FloatVector.fromArray(FLOATS, grids.low, part).add(MAGIC).reinterpretAsInts();
        var high = low.add(span);
        var error = FloatVector.zero(FLOATS);
        var codes = FloatVector.zero(FLOATS);
        var codesTimesWeights = FloatVector.zero(FLOATS);
        var squaredCodes = FloatVector.zero(FLOATS);
        for (int i = part; i < values.length; i += Tile.LANES) {
            var w = FloatVector.fromArray(FLOATS, values, i);
            var c = Fma.multiplyAdd(w, scale, magic).reinterpretAsInts().max(low).min(high).reinterpretAsFloats()
                    .sub(magic);
            var d = Fma.multiplyAdd(c, minus, w);
            error = Fma.multiplyAdd(d, d, error);
            codes = codes.add(c);
            codesTimesWeights = Fma.multiplyAdd(c, w, codesTimesWeights);
            squaredCodes = Fma.multiplyAdd(c, c, squaredCodes);
        }
        error.intoArray(grids.error, part);
        codes.intoArray(moments.codes(), part);
        codesTimesWeights.intoArray(moments.codesTimesWeights(), part);
        squaredCodes.intoArray(moments.squaredCodes(), part);
    }
}
