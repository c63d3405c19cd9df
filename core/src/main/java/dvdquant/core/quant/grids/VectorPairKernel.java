package dvdquant.core.quant.grids;

import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.vector.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The two passes of {@link VectorGroupKernel} that try two grids for each group and take the better. Of each grid the errors of even and
 * of odd weights are summed apart: with every weight the two sums change places. Codes and zero points are clamped as the bits of
 * floats (see {@link Lanes#MAGIC}).
 */
final class VectorPairKernel {
    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final int LANES = Lanes.COUNT;
    private static final float MAGIC = Lanes.MAGIC;

    private VectorPairKernel() {}

    static void tryPair(Tile tile, CodeRange range, float rowStep, GroupKernel.Pair pair, Grids own, Grids best) {
        float[] values = tile.values;
        int span = range.span();
        float half = span / 2f;
        int lowest = Lanes.MAGIC_BITS + range.lowest();
        int highestLow = Lanes.MAGIC_BITS + range.highestLow();
        int one = Lanes.MAGIC_BITS + 1;
        int most = Lanes.MAGIC_BITS + range.maximumMultiplier();
        var magic = FloatVector.broadcast(FLOATS, MAGIC);
        for (int part = 0; part < tile.filled; part += LANES) {
            var wanted = FloatVector.fromArray(FLOATS, own.step, part).mul(1 / rowStep);
            var middle = FloatVector.fromArray(FLOATS, own.low, part).add(half).mul(wanted);
            var multiplier = wanted.add(pair.more()).add(magic).reinterpretAsInts().max(one).min(most)
                    .reinterpretAsFloats().sub(magic);
            var other = wanted.add(pair.otherMore()).add(magic).reinterpretAsInts().max(one).min(most)
                    .reinterpretAsFloats().sub(magic);
            var low = middle.div(multiplier).add(pair.shift() - half).add(magic).reinterpretAsInts().max(lowest)
                    .min(highestLow);
            var otherLow = middle.div(other).add(pair.otherShift() - half).add(magic).reinterpretAsInts().max(lowest)
                    .min(highestLow);
            var high = low.add(span);
            var otherHigh = otherLow.add(span);
            var step = multiplier.mul(rowStep);
            var otherStep = other.mul(rowStep);
            var scale = FloatVector.broadcast(FLOATS, 1).div(step);
            var otherScale = FloatVector.broadcast(FLOATS, 1).div(otherStep);
            var minus = step.neg();
            var otherMinus = otherStep.neg();
            var error = FloatVector.zero(FLOATS);
            var lastError = error;
            var otherError = error;
            var otherLastError = error;
            for (int i = part; i < values.length; i += Tile.LANES) {
                var w = FloatVector.fromArray(FLOATS, values, i);
                var d = w.fma(scale, magic).reinterpretAsInts().max(low).min(high).reinterpretAsFloats().sub(magic)
                        .fma(minus, w);
                var o = w.fma(otherScale, magic).reinterpretAsInts().max(otherLow).min(otherHigh).reinterpretAsFloats()
                        .sub(magic).fma(otherMinus, w);
                d = d.fma(d, lastError);
                o = o.fma(o, otherLastError);
                lastError = error;
                otherLastError = otherError;
                error = d;
                otherError = o;
            }
            error = error.add(lastError);
            otherError = otherError.add(otherLastError);
            var isOther = otherError.compare(VectorOperators.LT, error);
            error = error.blend(otherError, isOther);
            var before = FloatVector.fromArray(FLOATS, best.error, part);
            var better = error.compare(VectorOperators.LT, before);
            before.blend(error, better).intoArray(best.error, part);
            FloatVector.fromArray(FLOATS, best.step, part).blend(step.blend(otherStep, isOther), better)
                    .intoArray(best.step, part);
            FloatVector.fromArray(FLOATS, best.multiplier, part).blend(multiplier.blend(other, isOther), better)
                    .intoArray(best.multiplier, part);
            FloatVector.fromArray(FLOATS, best.low, part)
                    .blend(low.reinterpretAsFloats().blend(otherLow.reinterpretAsFloats(), isOther).sub(magic), better)
                    .intoArray(best.low, part);
        }
    }

    static boolean tighten(Tile tile, CodeRange range, float[] move, Grids best) {
        float[] values = tile.values;
        int span = range.span();
        int lowest = Lanes.MAGIC_BITS + range.lowest();
        int highestLow = Lanes.MAGIC_BITS + range.highestLow();
        boolean moving = false;
        var magic = FloatVector.broadcast(FLOATS, MAGIC);
        for (int part = 0; part < tile.filled; part += LANES) {
            var least = FloatVector.fromArray(FLOATS, best.least, part);
            var most = FloatVector.fromArray(FLOATS, best.most, part);
            var moves = FloatVector.fromArray(FLOATS, move, part);
            var by = most.sub(least).mul(moves);
            var raised = least.add(by);
            raised = raised.blend(0, raised.compare(VectorOperators.GT, 0));
            var lowered = most.sub(by);
            lowered = lowered.blend(0, lowered.compare(VectorOperators.LT, 0));
            var step = most.sub(raised).div(span);
            step = step.blend(Grids.EMPTY, step.compare(VectorOperators.EQ, 0));
            var otherStep = lowered.sub(least).div(span);
            otherStep = otherStep.blend(Grids.EMPTY, otherStep.compare(VectorOperators.EQ, 0));
            var low = raised.div(step).add(magic).reinterpretAsInts().max(lowest).min(highestLow);
            var otherLow = least.div(otherStep).add(magic).reinterpretAsInts().max(lowest).min(highestLow);
            var high = low.add(span);
            var otherHigh = otherLow.add(span);
            var scale = FloatVector.broadcast(FLOATS, 1).div(step);
            var otherScale = FloatVector.broadcast(FLOATS, 1).div(otherStep);
            var minus = step.neg();
            var otherMinus = otherStep.neg();
            var error = FloatVector.zero(FLOATS);
            var lastError = error;
            var otherError = error;
            var otherLastError = error;
            for (int i = part; i < values.length; i += Tile.LANES) {
                var w = FloatVector.fromArray(FLOATS, values, i);
                var d = w.fma(scale, magic).reinterpretAsInts().max(low).min(high).reinterpretAsFloats().sub(magic)
                        .fma(minus, w);
                var o = w.fma(otherScale, magic).reinterpretAsInts().max(otherLow).min(otherHigh).reinterpretAsFloats()
                        .sub(magic).fma(otherMinus, w);
                d = d.fma(d, lastError);
                o = o.fma(o, otherLastError);
                lastError = error;
                otherLastError = otherError;
                error = d;
                otherError = o;
            }
            error = error.add(lastError);
            otherError = otherError.add(otherLastError);
            var isOther = otherError.compare(VectorOperators.LT, error);
            error = error.blend(otherError, isOther);
            var before = FloatVector.fromArray(FLOATS, best.error, part);
            var better = error.compare(VectorOperators.LT, before);
            before.blend(error, better).intoArray(best.error, part);
            FloatVector.fromArray(FLOATS, best.step, part).blend(step.blend(otherStep, isOther), better)
                    .intoArray(best.step, part);
            FloatVector.fromArray(FLOATS, best.low, part)
                    .blend(low.reinterpretAsFloats().blend(otherLow.reinterpretAsFloats(), isOther).sub(magic), better)
                    .intoArray(best.low, part);
            least.blend(raised.blend(least, isOther), better).intoArray(best.least, part);
            most.blend(most.blend(lowered, isOther), better).intoArray(best.most, part);
            moves = moves.mul(0.5f).blend(moves, better);
            moves.intoArray(move, part);
            moving |= moves.compare(VectorOperators.GE, GridSearch.LAST_MOVE).anyTrue();
        }
        return moving;
    }
}
