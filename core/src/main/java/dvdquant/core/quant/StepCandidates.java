package dvdquant.core.quant;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import java.util.function.Consumer;

/**
 * Steps whose multiples 1 … M come near to the steps that the groups of a row have by themselves. [ours]
 */
final class StepCandidates {
    /** The widest group's step, divided by M times the candidate, runs over this range. */
    private static final double FIRST_RATIO = 0.75;
    private static final double RATIO = 1.025;
    /** In each window, one after the other, the best candidate counts. */
    private static final int CANDIDATES = 24;
    /** Tiles of groups. A few groups may all happen to fit a step that the model does not favour; many groups do not. */
    private static final int FEW = 1;
    private static final int WINDOWS = 4;
    private static final int WINDOWS_OF_MANY = 2;

    private final Grids[] own;
    private final int most;

    StepCandidates(Grids[] own, int most) {
        this.own = own;
        this.most = most;
    }

    static float widest(Grids[] own) {
        float widest = 0;
        for (Grids grids : own) {
            for (float step : grids.step) {
                widest = Math.max(widest, step);
            }
        }
        return widest;
    }

    void forEach(Consumer<Float> consumer) {
        double step = widest(own) / most / FIRST_RATIO;
        int windows = own.length <= FEW ? WINDOWS : WINDOWS_OF_MANY;
        for (int window = 0; window < windows; window++) {
            double best = step;
            double least = Double.POSITIVE_INFINITY;
            for (int i = 0; i < CANDIDATES / windows; i++) {
                float cost = cost((float) step);
                if (cost < least) {
                    least = cost;
                    best = step;
                }
                step /= RATIO;
            }
            consumer.accept((float) best);
        }
    }

    /** Σ (s − m Δ)² over the groups: what their errors rise by, to second order. */
    private float cost(float step) {
        FloatVector total = Lanes.ZERO;
        float inverse = 1 / step;
        for (Grids grids : own) {
            for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
                FloatVector wanted = Lanes.load(grids.step, part);
                FloatVector difference = wanted.sub(Lanes.round(wanted.mul(inverse), 1, most).mul(step));
                // Lanes without a group, or with nothing but zeros in it, have a step of almost nothing.
                total = total.add(difference.mul(difference),
                        wanted.compare(VectorOperators.GT, step * 1e-6f));
            }
        }
        return total.reduceLanes(VectorOperators.ADD);
    }
}
