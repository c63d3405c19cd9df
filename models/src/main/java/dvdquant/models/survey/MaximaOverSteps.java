package dvdquant.models.survey;

import java.util.Arrays;

/** Gathers {@link ChannelMaxima} of one input, a step after the other. */
final class MaximaOverSteps {
    private final float[] now;
    private final float[] highest;
    private final float[] lowest;
    private float[] largest = {};
    private float[] median = {};
    private boolean seen;

    MaximaOverSteps(int channels) {
        now = new float[channels];
        highest = new float[channels];
        lowest = new float[channels];
        Arrays.fill(lowest, Float.POSITIVE_INFINITY);
    }

    /** Looks at the token that begins at {@code values[offset]}. */
    void add(float[] values, int offset) {
        seen = true;
        for (int k = 0; k < now.length; k++) {
            now[k] = Math.max(now[k], Math.abs(values[offset + k]));
        }
    }

    /** Ends a step, of one of the prompts. */
    void endStep(int step) {
        if (!seen) return;
        for (int k = 0; k < now.length; k++) {
            highest[k] = Math.max(highest[k], now[k]);
            lowest[k] = Math.min(lowest[k], now[k]);
        }
        if (step >= largest.length) {
            largest = Arrays.copyOf(largest, step + 1);
            median = Arrays.copyOf(median, step + 1);
        }
        Arrays.sort(now); // no channel is asked for any more
        largest[step] = Math.max(largest[step], now[now.length - 1]);
        median[step] = Math.max(median[step], now[now.length / 2]);
        Arrays.fill(now, 0);
        seen = false;
    }

    ChannelMaxima result() {
        return new ChannelMaxima(highest, lowest, largest, median);
    }
}
