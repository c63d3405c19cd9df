package dvdquant.core.quant;

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
        for (int part = 0; part < Tile.LANES; part += LANES) {
            errors(tile.values, part, span, one, other);
        }
        tile.combine(one.error);
        tile.combine(other.error);
    }

    /**
     * One load serves two grids, and four sums hide the latency of their additions. A method that calls none with vectors of its
     * own: what C2 does not inline it boxes.
     */
    private static void errors(float[] values, int part, int span, Grids one, Grids other) {
        int even = values.length / (2 * Tile.LANES) * (2 * Tile.LANES);
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
        var error2 = FloatVector.zero(FLOATS);
        var otherError = FloatVector.zero(FLOATS);
        var otherError2 = FloatVector.zero(FLOATS);
        for (int i = part; i < even; i += 2 * Tile.LANES) {
            var w = FloatVector.fromArray(FLOATS, values, i);
            var w2 = FloatVector.fromArray(FLOATS, values, i + Tile.LANES);
            var d = w.fma(scale, magic).reinterpretAsInts().max(low).min(high).reinterpretAsFloats().sub(magic)
                    .fma(minus, w);
            var d2 = w2.fma(scale, magic).reinterpretAsInts().max(low).min(high).reinterpretAsFloats().sub(magic)
                    .fma(minus, w2);
            var o = w.fma(otherScale, magic).reinterpretAsInts().max(otherLow).min(otherHigh).reinterpretAsFloats()
                    .sub(magic).fma(otherMinus, w);
            var o2 = w2.fma(otherScale, magic).reinterpretAsInts().max(otherLow).min(otherHigh).reinterpretAsFloats()
                    .sub(magic).fma(otherMinus, w2);
            error = d.fma(d, error);
            error2 = d2.fma(d2, error2);
            otherError = o.fma(o, otherError);
            otherError2 = o2.fma(o2, otherError2);
        }
        for (int i = even + part; i < values.length; i += Tile.LANES) {
            var w = FloatVector.fromArray(FLOATS, values, i);
            var d = w.fma(scale, magic).reinterpretAsInts().max(low).min(high).reinterpretAsFloats().sub(magic)
                    .fma(minus, w);
            var o = w.fma(otherScale, magic).reinterpretAsInts().max(otherLow).min(otherHigh).reinterpretAsFloats()
                    .sub(magic).fma(otherMinus, w);
            error = d.fma(d, error);
            otherError = o.fma(o, otherError);
        }
        error.add(error2).intoArray(one.error, part);
        otherError.add(otherError2).intoArray(other.error, part);
    }

    @Override
    public void moments(Tile tile, int span, Grids grids, Moments moments) {
        for (int part = 0; part < Tile.LANES; part += LANES) {
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
            var c = w.fma(scale, magic).reinterpretAsInts().max(low).min(high).reinterpretAsFloats().sub(magic);
            var d = c.fma(minus, w);
            error = d.fma(d, error);
            codes = codes.add(c);
            codesTimesWeights = c.fma(w, codesTimesWeights);
            squaredCodes = c.fma(c, squaredCodes);
        }
        error.intoArray(grids.error, part);
        codes.intoArray(moments.codes(), part);
        codesTimesWeights.intoArray(moments.codesTimesWeights(), part);
        squaredCodes.intoArray(moments.squaredCodes(), part);
    }
}
