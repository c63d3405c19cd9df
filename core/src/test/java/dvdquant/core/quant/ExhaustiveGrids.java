package dvdquant.core.quant;

import java.util.Arrays;

/**
 * The least squared errors that there are, by plain loops in float64 over every zero point, every multiplier and many steps: what a
 * search can be held against that is not a form of it.
 */
final class ExhaustiveGrids {
    /** Steps from MinMax's down to a quarter of it; 0.6 % apart. */
    private static final int STEPS = 240;
    private static final double RATIO = Math.pow(0.25, 1.0 / STEPS);

    private ExhaustiveGrids() {}

    /** One grid for all weights: ‖w − Δ(q − z)‖² at its least. */
    static double row(float[] weights, CodeRange range) {
        double least = Double.POSITIVE_INFINITY;
        double step = widest(weights, 0, weights.length) / range.span();
        for (int i = 0; i < STEPS; i++, step *= RATIO) {
            for (int zero = 0; zero <= range.span(); zero++) {
                least = Math.min(least, error(weights, 0, weights.length, step, zero, range));
            }
        }
        return least;
    }

    /** Groups whose steps are 1 … M times one step of the row. */
    static double multiples(float[] weights, int group, CodeRange range) {
        int most = range.maximumMultiplier();
        double widest = 0;
        for (int start = 0; start < weights.length; start += group) {
            widest = Math.max(widest, widest(weights, start, group));
        }
        double least = Double.POSITIVE_INFINITY;
        double step = widest / range.span() / most;
        for (int i = 0; i < STEPS; i++, step *= RATIO) {
            double error = 0;
            for (int start = 0; start < weights.length && error < least; start += group) {
                error += ofGroup(weights, start, group, step, range);
            }
            least = Math.min(least, error);
        }
        return least;
    }

    private static double ofGroup(float[] weights, int start, int group, double step, CodeRange range) {
        double least = Double.POSITIVE_INFINITY;
        for (int multiplier = 1; multiplier <= range.maximumMultiplier(); multiplier++) {
            for (int zero = 0; zero <= range.span(); zero++) {
                least = Math.min(least, error(weights, start, group, step * multiplier, zero, range));
            }
        }
        return least;
    }

    private static double widest(float[] weights, int start, int count) {
        float[] part = Arrays.copyOfRange(weights, start, start + count);
        Arrays.sort(part);
        return Math.max(0.0, part[count - 1]) - Math.min(0.0, part[0]);
    }

    private static double error(float[] weights, int start, int count, double step, int zero, CodeRange range) {
        double error = 0;
        for (int k = start; k < start + count; k++) {
            double code = Math.clamp(Math.rint(weights[k] / step) + zero, 0, range.span());
            double difference = weights[k] - step * (code - zero);
            error += difference * difference;
        }
        return error;
    }
}
