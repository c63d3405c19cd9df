package dvdquant.models.diffusion.teacache;

import dvdquant.core.metrics.RelativeChange;

import java.util.ArrayList;
import java.util.List;

/**
 * When a forward is computed: the relative changes of the watched input, rescaled by a polynomial, are summed until they reach the
 * threshold.
 *
 * @param coefficients of the polynomial, of the highest degree first; its values can be negative, and count as they are
 * @param threshold of the sum
 * @param firstSteps that are always computed, at least 1
 * @param lastStep whether the last is always computed
 * @see <a href="https://github.com/ali-vilab/TeaCache/blob/main/TeaCache4Wan2.1/teacache_generate.py">TeaCache4Wan2.1</a>
 */
public record TeaCacheRule(List<Double> coefficients, double threshold, int firstSteps, boolean lastStep) {
    /** The change itself. */
    public static final List<Double> IDENTITY = List.of(1.0, 0.0);

    public TeaCacheRule {
        coefficients = List.copyOf(coefficients);
        if (firstSteps < 1) throw new IllegalArgumentException("the first step has nothing to reuse");
    }

    /**
     * The steps to compute if the watched input is known for all of them, as where it depends on the time alone.
     *
     * @param watched the input at each step
     * @return for each step whether it is computed
     */
    public List<Boolean> schedule(List<float[]> watched) {
        var computed = new ArrayList<Boolean>();
        double sum = 0;
        for (int step = 0; step < watched.size(); step++) {
            boolean compute = step < firstSteps || lastStep && step == watched.size() - 1;
            if (!compute) {
                sum += rescaled(RelativeChange.of(watched.get(step), watched.get(step - 1)));
                compute = !(sum < threshold);
            }
            if (compute) sum = 0;
            computed.add(compute);
        }
        return List.copyOf(computed);
    }

    /** The polynomial's value, by Horner's scheme. */
    double rescaled(double change) {
        double value = 0;
        for (double coefficient : coefficients) {
            value = value * change + coefficient;
        }
        return value;
    }
}
