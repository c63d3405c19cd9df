package dvdquant.models.diffusion.bits;

import dvdquant.models.pipeline.BitPlan;

import java.util.OptionalDouble;

/**
 * δ-guided bit switching: the changes of the output are summed; a step that begins with a sum of δ or more is high, and its own
 * change is the first of the next sum. The first two computed steps are high, since no change is known before there are two
 * outputs, and so is the last (ours).
 *
 * @see <a href="https://arxiv.org/abs/2505.18663">DVD-Quant, §3.3</a>
 */
final class DeltaSwitching implements BitSchedule {
    private final DeltaSource source;
    private int count;
    private int taken;
    private double sum;
    private OptionalDouble delta = OptionalDouble.empty();

    /** @param count of the steps that are computed */
    DeltaSwitching(DeltaSource source, int count) {
        this.source = source;
        this.count = count;
    }

    @Override
    public int next(int step) {
        int index = taken++;
        boolean high = index < BitPlan.ALWAYS_HIGH_FIRST || index >= count - BitPlan.ALWAYS_HIGH_LAST;
        delta = OptionalDouble.empty();
        if (!high) {
            delta = OptionalDouble.of(source.delta(sum));
            high = sum >= delta.getAsDouble();
            source.decided(high, sum);
        }
        if (high) sum = 0;
        return high ? BitPlan.HIGH : BitPlan.LOW;
    }

    @Override
    public void skip() {
        count--;
        source.recount(count);
    }

    @Override
    public void observe(double change) {
        sum += change;
        source.observe(change);
    }

    @Override
    public OptionalDouble delta() {
        return delta;
    }
}
