package dvdquant.core.quant.grids;

import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.vector.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Each pass in one loop over the weights, with all that comes before and after it in the same method. Such a method is too long for C2
 * to inline it, and is compiled as a whole whatever was compiled before: nothing of it can be left out of line, where vectors are
 * boxed. The same bits as {@link ReferenceGroupKernel} on a {@link VectorGridKernel}.
 */
final class VectorGroupKernel implements GroupKernel {
    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final int LANES = Lanes.COUNT;

    private final ReferenceGroupKernel inParts;

    VectorGroupKernel(CodeRange range) {
        this.inParts = new ReferenceGroupKernel(new VectorGridKernel(), range);
    }

    @Override
    public void span(Tile tile, CodeRange range, Grids own) {
        if (tile.steps.anyIsStored() && !range.symmetric()) spanExactly(tile, range, own);
        else
            inParts.span(tile, range, own);
    }

    private static void spanExactly(Tile tile, CodeRange range, Grids own) {
        float[] values = tile.values;
        int odd = Tile.LANES * (tile.depth % 2);
        int span = range.span();
        int lowest = Lanes.MAGIC_BITS + range.lowest();
        int highestLow = Lanes.MAGIC_BITS + range.highestLow();
        for (int part = 0; part < tile.filled; part += LANES) {
            // Zero is a value of every grid. Two of each hide the latency of comparisons.
            var least = FloatVector.zero(FLOATS);
            var most = least;
            var least2 = FloatVector.fromArray(FLOATS, values, part);
            var most2 = least2;
            for (int i = part + odd; i < values.length; i += 2 * Tile.LANES) {
                var w = FloatVector.fromArray(FLOATS, values, i);
                var w2 = FloatVector.fromArray(FLOATS, values, i + Tile.LANES);
                least = least.blend(w, w.compare(VectorOperators.LT, least));
                most = most.blend(w, w.compare(VectorOperators.GT, most));
                least2 = least2.blend(w2, w2.compare(VectorOperators.LT, least2));
                most2 = most2.blend(w2, w2.compare(VectorOperators.GT, most2));
            }
            least = least.blend(least2, least2.compare(VectorOperators.LT, least));
            most = most.blend(most2, most2.compare(VectorOperators.GT, most));
            least.intoArray(own.least, part);
            most.intoArray(own.most, part);
            var step = most.sub(least).div(span);
            step = step.blend(Grids.EMPTY, step.compare(VectorOperators.EQ, 0));
            step.intoArray(own.step, part);
            least.div(step).add(Lanes.MAGIC).reinterpretAsInts().max(lowest).min(highestLow).reinterpretAsFloats()
                    .sub(Lanes.MAGIC).intoArray(own.low, part);
        }
    }

    @Override
    public void spanMultiples(Tile tile, CodeRange range, float rowStep, Grids own, Grids multiples) {
        float[] values = tile.values;
        int span = range.span();
        int lowest = Lanes.MAGIC_BITS + range.lowest();
        int highestLow = Lanes.MAGIC_BITS + range.highestLow();
        int one = Lanes.MAGIC_BITS + 1;
        int most = Lanes.MAGIC_BITS + range.maximumMultiplier();
        var magic = FloatVector.broadcast(FLOATS, Lanes.MAGIC);
        for (int part = 0; part < tile.filled; part += LANES) {
            var step = FloatVector.fromArray(FLOATS, own.step, part);
            var ownLow = FloatVector.fromArray(FLOATS, own.low, part);
            var wanted = step.div(rowStep);
            // Rounded up; a quotient that is an integer but for rounding is that integer.
            var multiplier = wanted.add(0.5f - 4e-6f).add(magic).reinterpretAsInts().max(one).min(most)
                    .reinterpretAsFloats().sub(magic);
            var otherStep = multiplier.mul(rowStep);
            var otherLow = ownLow.mul(wanted).div(multiplier).add(magic).reinterpretAsInts().max(lowest)
                    .min(highestLow);
            multiplier.intoArray(multiples.multiplier, part);
            otherStep.intoArray(multiples.step, part);
            otherLow.reinterpretAsFloats().sub(magic).intoArray(multiples.low, part);
            var low = ownLow.add(magic).reinterpretAsInts();
            var high = low.add(span);
            var otherHigh = otherLow.add(span);
            var scale = FloatVector.broadcast(FLOATS, 1).div(step);
            var otherScale = FloatVector.broadcast(FLOATS, 1).div(otherStep);
            var minus = step.neg();
            var otherMinus = otherStep.neg();
            var error = FloatVector.zero(FLOATS);
            var otherError = FloatVector.zero(FLOATS);
            for (int i = part; i < values.length; i += Tile.LANES) {
                var w = FloatVector.fromArray(FLOATS, values, i);
                var d = w.fma(scale, magic).reinterpretAsInts().max(low).min(high).reinterpretAsFloats().sub(magic)
                        .fma(minus, w);
                var o = w.fma(otherScale, magic).reinterpretAsInts().max(otherLow).min(otherHigh).reinterpretAsFloats()
                        .sub(magic).fma(otherMinus, w);
                error = d.fma(d, error);
                otherError = o.fma(o, otherError);
            }
            error.intoArray(own.error, part);
            otherError.intoArray(multiples.error, part);
        }
    }

    @Override
    public boolean tighten(Tile tile, CodeRange range, float[] move, Grids best) {
        return tile.steps.anyIsStored() && !range.symmetric()
                ? VectorPairKernel.tighten(tile, range, move, best)
                : inParts.tighten(tile, range, move, best);
    }

    @Override
    public void tryPair(Tile tile, CodeRange range, float step, Pair pair, Grids own, Grids best) {
        VectorPairKernel.tryPair(tile, range, step, pair, own, best);
    }
}
