package dvdquant.core.quant.grids;

import dvdquant.core.quant.weights.CodeRange;

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

    /** Codes on a grid: how far they are off, and what the best step for them follows from. */
    private record Fit(double error, double codesTimesWeights, double squaredCodes) {
        /** ‖w − Δ c‖² at its least over Δ, for these codes. */
        double least(double squaredWeights) {
            return squaredCodes == 0
                    ? squaredWeights
                    : squaredWeights - codesTimesWeights * codesTimesWeights / squaredCodes;
        }
    }

    /** One grid for all weights: ‖w − Δ(q − z)‖² at its least. */
    static double row(float[] weights, CodeRange range) {
        double least = Double.POSITIVE_INFINITY;
        double step = widest(weights, 0, weights.length) / range.span();
        for (int i = 0; i < STEPS; i++, step *= RATIO) {
            for (int zero = 0; zero <= range.span(); zero++) {
                Fit fit = fit(weights, 0, weights.length, new Grid(step, zero, 1), range);
                least = Math.min(least, fit.least(squares(weights)));
            }
        }
        return least;
    }

    /** Groups whose steps are 1 … M times one step of the row. */
    static double multiples(float[] weights, int group, CodeRange range) {
        double widest = 0;
        for (int start = 0; start < weights.length; start += group) {
            widest = Math.max(widest, widest(weights, start, group));
        }
        double least = Double.POSITIVE_INFINITY;
        double step = widest / range.span() / range.maximumMultiplier();
        for (int i = 0; i < STEPS; i++, step *= RATIO) {
            double times = 0;
            double squared = 0;
            for (int start = 0; start < weights.length; start += group) {
                Fit fit = ofGroup(weights, start, group, step, range);
                times += fit.codesTimesWeights;
                squared += fit.squaredCodes;
            }
            least = Math.min(least, new Fit(0, times, squared).least(squares(weights)));
        }
        return least;
    }

    private static Fit ofGroup(float[] weights, int start, int group, double step, CodeRange range) {
        Fit best = new Fit(Double.POSITIVE_INFINITY, 0, 0);
        for (int multiplier = 1; multiplier <= range.maximumMultiplier(); multiplier++) {
            for (int zero = 0; zero <= range.span(); zero++) {
                Fit fit = fit(weights, start, group, new Grid(step, zero, multiplier), range);
                if (fit.error < best.error) best = fit;
            }
        }
        return best;
    }

    private record Grid(double step, int zero, int multiplier) {}

    private static Fit fit(float[] weights, int start, int count, Grid grid, CodeRange range) {
        double error = 0;
        double times = 0;
        double squared = 0;
        for (int k = start; k < start + count; k++) {
            double quotient = weights[k] / (grid.step * grid.multiplier);
            double code = Math.clamp(Math.rint(quotient) + grid.zero, 0, range.span()) - grid.zero;
            double multiple = code * grid.multiplier;
            double difference = weights[k] - grid.step * multiple;
            error += difference * difference;
            times += multiple * weights[k];
            squared += multiple * multiple;
        }
        return new Fit(error, times, squared);
    }

    private static double widest(float[] weights, int start, int count) {
        float[] part = Arrays.copyOfRange(weights, start, start + count);
        Arrays.sort(part);
        return Math.max(0.0, part[count - 1]) - Math.min(0.0, part[0]);
    }

    private static double squares(float[] weights) {
        double sum = 0;
        for (float weight : weights) {
            sum += (double) weight * weight;
        }
        return sum;
    }
}
