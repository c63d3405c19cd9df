package dvdquant.core.quant.grids;

import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.vector.Lanes;
import jdk.incubator.vector.FloatVector;

/** The definition: one part after the other, on any {@link GridKernel}. Owns scratch memory: one a thread. */
final class ReferenceGroupKernel implements GroupKernel {
    private final GridKernel kernel;
    private final GridSearch search;
    private final Grids trial = new Grids();
    private final Grids otherTrial = new Grids();
    private final GridKernel.Moments moments = new GridKernel.Moments();

    ReferenceGroupKernel(GridKernel kernel, CodeRange range) {
        this.kernel = kernel;
        this.search = new GridSearch(kernel, range);
    }

    @Override
    public void span(Tile tile, CodeRange range, Grids own) {
        kernel.bounds(tile, own.least, own.most);
        own.includeZero();
        own.spanBounds(tile.steps, range);
    }

    @Override
    public void spanMultiples(Tile tile, CodeRange range, float step, Grids own, Grids multiples) {
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            FloatVector wanted = Lanes.load(own.step, part).div(step);
            // Rounded up; a quotient that is an integer but for rounding is that integer.
            FloatVector multiplier = Lanes.round(wanted.add(0.5f - 4e-6f), 1, range.maximumMultiplier());
            FloatVector low = Lanes.load(own.low, part).mul(wanted).div(multiplier);
            multiplier.intoArray(multiples.multiplier, part);
            multiplier.mul(step).intoArray(multiples.step, part);
            Lanes.round(low, range.lowest(), range.highestLow()).intoArray(multiples.low, part);
        }
        kernel.moments(tile, range.span(), own, moments);
        kernel.moments(tile, range.span(), multiples, moments);
    }

    @Override
    public boolean tighten(Tile tile, CodeRange range, float[] move, Grids best) {
        return search.tighten(tile, move, best);
    }

    @Override
    public void tryPair(Tile tile, CodeRange range, float step, Pair pair, Grids own, Grids best) {
        propose(range, step, pair.more(), pair.shift(), own, trial);
        propose(range, step, pair.otherMore(), pair.otherShift(), own, otherTrial);
        kernel.errors(tile, range.span(), trial, otherTrial);
        best.takeBetter(trial, 1);
        best.takeBetter(otherTrial, 1);
    }

    private static void propose(CodeRange range, float step, float more, float shift, Grids own, Grids proposal) {
        float half = range.span() / 2f;
        float inverse = 1 / step;
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            FloatVector wanted = Lanes.load(own.step, part).mul(inverse);
            FloatVector multiplier = Lanes.round(wanted.add(more), 1, range.maximumMultiplier());
            FloatVector low = Lanes.load(own.low, part).add(half).mul(wanted).div(multiplier).add(shift - half);
            multiplier.intoArray(proposal.multiplier, part);
            multiplier.mul(step).intoArray(proposal.step, part);
            Lanes.round(low, range.lowest(), range.highestLow()).intoArray(proposal.low, part);
        }
    }
}
