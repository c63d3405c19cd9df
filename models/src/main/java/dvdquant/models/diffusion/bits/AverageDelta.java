package dvdquant.models.diffusion.bits;

import dvdquant.models.pipeline.BitPlan;

/**
 * Chooses δ before each step so that as many steps are high as an average of bits asks for, spread over
 * the sampling: δ is what is left of the changes, foreseen by their recent mean, over the high steps that are left. What a sum exceeded δ by is taken
 * off the next, so that more than every second step can be high. The last steps are high as far as half of the high steps reach,
 * as in the schedule that the paper's authors published. Ours.
 */
final class AverageDelta implements DeltaSource {
    /** Of the newest change in the running mean: the mean of about the last five. */
    private static final double NEWEST = 1.0 / 3;
    /** Of all steps, high at the end: 6 of the 50 in the published schedule. */
    private static final double LAST_SHARE = 0.12;

    private final double bits;
    /** Steps to decide on before the last ones, this one included, and how many of them are to be high. */
    private int left;
    private int highLeft;
    private int decided;
    private int decidedHigh;
    private double mean;
    private boolean seen;
    private double excess;
    private double unclamped;

    /** @param bits on average; @param count of the steps that are computed */
    AverageDelta(double bits, int count) {
        this.bits = bits;
        recount(count);
    }

    @Override
    public void recount(int count) {
        int high = BitSchedule.highSteps(Math.max(bits, BitPlan.Average.least(count)), count);
        int forced = Math.min(count, BitPlan.ALWAYS_HIGH_FIRST + BitPlan.ALWAYS_HIGH_LAST);
        int last = Math.min((int) Math.ceil(LAST_SHARE * count) - BitPlan.ALWAYS_HIGH_LAST, (high - forced) / 2);
        left = count - forced - last - decided;
        highLeft = Math.clamp(high - forced - last - decidedHigh, 0, Math.max(0, left));
    }

    @Override
    public double delta(double sum) {
        if (left <= 0 || highLeft == left) {
            unclamped = 0;
        } else if (highLeft == 0) {
            unclamped = Double.POSITIVE_INFINITY;
        } else {
            unclamped = (sum + excess + (left - 1) * mean) / highLeft - excess;
        }
        return Math.max(0, unclamped);
    }

    @Override
    public void decided(boolean high, double sum) {
        decided++;
        left--;
        if (!high) return;
        decidedHigh++;
        highLeft--;
        excess = sum - unclamped;
    }

    @Override
    public void observe(double change) {
        mean = seen ? mean + NEWEST * (change - mean) : change;
        seen = true;
    }
}
