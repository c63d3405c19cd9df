package dvdquant.models.switching;

import dvdquant.models.pipeline.Activations;

/**
 * Chooses δ before each step so that as many steps are high as an average of bits asks for, and each after an equal share of the
 * changes: δ is what is left of them, by their recent mean, over the high steps that are left. What a sum exceeded δ by is taken
 * off the next, so that more than every second step can be high. Ours.
 */
final class AverageDelta implements DeltaSource {
    /** Of the newest change in the running mean: the mean of about the last five. */
    private static final double NEWEST = 1.0 / 3;

    /** Steps to decide on, this one included, and how many of them are to be high. */
    private int left;
    private int highLeft;
    private double mean;
    private boolean seen;
    private double excess;
    private double unclamped;

    /**
     * @param count of the steps that are computed
     * @param high of them, those included that are high whatever changes
     */
    AverageDelta(int count, int high) {
        int forced = Math.min(count, Activations.ALWAYS_HIGH_FIRST + Activations.ALWAYS_HIGH_LAST);
        left = count - forced;
        highLeft = high - forced;
    }

    @Override
    public double delta(double sum) {
        if (highLeft == 0) {
            unclamped = Double.POSITIVE_INFINITY;
        } else if (highLeft == left) {
            unclamped = 0;
        } else {
            unclamped = (sum + excess + (left - 1) * mean) / highLeft - excess;
        }
        return Math.max(0, unclamped);
    }

    @Override
    public void decided(boolean high, double sum) {
        left--;
        if (!high) return;
        highLeft--;
        excess = sum - unclamped;
    }

    @Override
    public void observe(double change) {
        mean = seen ? mean + NEWEST * (change - mean) : change;
        seen = true;
    }
}
