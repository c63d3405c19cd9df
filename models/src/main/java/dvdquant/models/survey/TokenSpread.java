package dvdquant.models.survey;

import java.util.Arrays;

/** How far the tokens of one input are apart, a step after the other: the largest token's maximum over the median token's. */
final class TokenSpread {
    private float[] maxima = {};
    private int tokens;
    private float now;
    private float[] bySteps = {};

    /** Looks at the next token of a forward. */
    void add(float[] values, int offset, int channels) {
        if (tokens == maxima.length) maxima = Arrays.copyOf(maxima, Math.max(256, 2 * tokens));
        float largest = 0;
        for (int k = offset; k < offset + channels; k++) {
            largest = Math.max(largest, Math.abs(values[k]));
        }
        maxima[tokens++] = largest;
    }

    /** Ends a forward, of which a step may have two. */
    void endForward() {
        Arrays.sort(maxima, 0, tokens);
        float median = maxima[tokens / 2];
        now = Math.max(now, median == 0 ? 1 : maxima[tokens - 1] / median);
        tokens = 0;
    }

    /** Ends a step, of one of the prompts. */
    void endStep(int step) {
        if (now == 0) return;
        if (step >= bySteps.length) bySteps = Arrays.copyOf(bySteps, step + 1);
        bySteps[step] = Math.max(bySteps[step], now);
        now = 0;
    }

    /** [steps], the highest of all forwards and prompts; 0 at a step at which nothing was seen. */
    float[] result() {
        return bySteps;
    }
}
