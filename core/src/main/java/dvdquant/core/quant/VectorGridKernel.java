package dvdquant.core.quant;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops on the Vector API. Two accumulators hide the latency of their additions.
 */
final class VectorGridKernel implements GridKernel {
    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final int LANES = Lanes.COUNT;
    private static final float MAGIC = Lanes.MAGIC;

    private final float[] inverse = new float[Tile.LANES];

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

    private void invert(float[] step) {
        for (int lane = 0; lane < Tile.LANES; lane++) {
            inverse[lane] = 1 / step[lane];
        }
    }

    @Override
    public void errors(Tile tile, int span, Grids grids) {
        invert(grids.step);
        for (int part = 0; part < Tile.LANES; part += LANES) {
            errors(tile.values, part, span, grids);
        }
        tile.combine(grids.error);
    }

    /** By itself: inside of the loop over parts C2 sometimes boxes the vectors, and is ten times slower. */
    private void errors(float[] values, int part, int span, Grids grids) {
        int even = values.length / (2 * Tile.LANES) * (2 * Tile.LANES);
        var scale = FloatVector.fromArray(FLOATS, inverse, part);
        var minus = FloatVector.fromArray(FLOATS, grids.step, part).neg();
        var low = FloatVector.fromArray(FLOATS, grids.low, part).add(MAGIC).reinterpretAsInts();
        var high = low.add(span);
        var magic = FloatVector.broadcast(FLOATS, MAGIC);
        var error = FloatVector.zero(FLOATS);
        var error2 = FloatVector.zero(FLOATS);
        for (int i = part; i < even; i += 2 * Tile.LANES) {
            var w = FloatVector.fromArray(FLOATS, values, i);
            var w2 = FloatVector.fromArray(FLOATS, values, i + Tile.LANES);
            var difference = code(w, scale, low, high, magic).fma(minus, w);
            var difference2 = code(w2, scale, low, high, magic).fma(minus, w2);
            error = difference.fma(difference, error);
            error2 = difference2.fma(difference2, error2);
        }
        for (int i = even + part; i < values.length; i += Tile.LANES) {
            var w = FloatVector.fromArray(FLOATS, values, i);
            var difference = code(w, scale, low, high, magic).fma(minus, w);
            error = difference.fma(difference, error);
        }
        error.add(error2).intoArray(grids.error, part);
    }

    /** @param magic a vector of {@link Lanes#MAGIC}: made anew for each use, it is boxed now and then */
    private static FloatVector code(FloatVector w, FloatVector scale, IntVector low, IntVector high,
            FloatVector magic) {
        return w.fma(scale, magic).reinterpretAsInts().max(low).min(high).reinterpretAsFloats().sub(magic);
    }

    @Override
    public void moments(Tile tile, int span, Grids grids, Moments moments) {
        invert(grids.step);
        float[] values = tile.values;
        for (int part = 0; part < Tile.LANES; part += LANES) {
            var scale = FloatVector.fromArray(FLOATS, inverse, part);
            var minus = FloatVector.fromArray(FLOATS, grids.step, part).neg();
            var low = FloatVector.fromArray(FLOATS, grids.low, part).add(MAGIC).reinterpretAsInts();
            var high = low.add(span);
            var magic = FloatVector.broadcast(FLOATS, MAGIC);
            var error = FloatVector.zero(FLOATS);
            var codes = error;
            var codesTimesWeights = error;
            var squaredCodes = error;
            for (int i = part; i < values.length; i += Tile.LANES) {
                var w = FloatVector.fromArray(FLOATS, values, i);
                var c = code(w, scale, low, high, magic);
                var difference = c.fma(minus, w);
                error = difference.fma(difference, error);
                codes = codes.add(c);
                codesTimesWeights = c.fma(w, codesTimesWeights);
                squaredCodes = c.fma(c, squaredCodes);
            }
            error.intoArray(grids.error, part);
            codes.intoArray(moments.codes(), part);
            codesTimesWeights.intoArray(moments.codesTimesWeights(), part);
            squaredCodes.intoArray(moments.squaredCodes(), part);
        }
        tile.combine(grids.error);
        tile.combine(moments.codes());
        tile.combine(moments.codesTimesWeights());
        tile.combine(moments.squaredCodes());
    }
}
