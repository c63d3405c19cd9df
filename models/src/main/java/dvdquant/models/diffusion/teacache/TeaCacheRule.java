package dvdquant.models.diffusion.teacache;

import dvdquant.core.metrics.RelativeChange;

import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

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

    /**
     * Copies the coefficients, and checks that a step is computed before one is skipped.
     *
     * @throws IllegalArgumentException if there are no first steps
     */
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
        Sum sum = sum(watched.size());
        return IntStream.range(0, watched.size()).mapToObj(step -> sum.computes(step,
                () -> RelativeChange.of(watched.get(step), watched.get(step - 1)))).toList();
    }

    /** Begins a sampling of so many steps. */
    Sum sum(int steps) {
        return new Sum(steps);
    }

    /** The changes since the last computed step. Asked at each step, in order. */
    final class Sum {
        private final int steps;
        private double value;

        private Sum(int steps) {
            this.steps = steps;
        }

        /** @param change of what is watched against the step before; asked for only where it counts */
        boolean computes(int step, DoubleSupplier change) {
            boolean computes = step < firstSteps || lastStep && step == steps - 1;
            if (!computes) {
                value += rescaled(change.getAsDouble());
                computes = !(value < threshold);
            }
            if (computes) value = 0;
            return computes;
        }
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
