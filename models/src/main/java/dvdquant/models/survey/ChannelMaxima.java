package dvdquant.models.survey;

import java.util.Arrays;

/**
 * The largest magnitude of each channel of a layer's input, over the tokens of a step.
 *
 * @param highest of each channel over all steps and prompts, [in]
 * @param lowest of each channel over all steps and prompts, [in]
 * @param largest of all channels at each step, [steps]
 * @param median over the channels at each step, [steps]
 */
public record ChannelMaxima(float[] highest, float[] lowest, float[] largest, float[] median) {
    /** The largest channel over the median one: what a scale that all channels share must span. */
    public double outlierRatio() {
        float[] sorted = highest.clone();
        Arrays.sort(sorted);
        float middle = sorted[sorted.length / 2];
        return middle == 0 ? 1 : sorted[sorted.length - 1] / middle;
    }

    /** The highest over the lowest of a channel, the median over the channels: 1 if nothing changes over the steps. */
    public double drift() {
        var ratios = new double[highest.length];
        Arrays.setAll(ratios, k -> lowest[k] == 0 ? 1 : highest[k] / lowest[k]);
        Arrays.sort(ratios);
        return ratios[ratios.length / 2];
    }

    /**
     * Values sorted from the largest down, at even places of which the first is the largest and the last the smallest.
     *
     * @param count at least 2
     */
    public static float[] sorted(float[] values, int count) {
        float[] sorted = values.clone();
        Arrays.sort(sorted);
        var picked = new float[count];
        for (int i = 0; i < count; i++) {
            picked[i] = sorted[sorted.length - 1 - Math.round((float) i * (sorted.length - 1) / (count - 1))];
        }
        return picked;
    }
}
