package dvdquant.core.quant;

import jdk.incubator.vector.FloatVector;

import java.util.function.Consumer;

/**
 * Steps whose multiples 1 … M come near to the steps that the groups of a row have by themselves. A candidate a lane, so that a row
 * costs one vector operation a group and not one a candidate. Owns scratch memory: one a thread. [ours]
 */
final class StepCandidates {
    /** The widest group's step, divided by M times the candidate, runs over this range. */
    private static final double FIRST_RATIO = 0.75;
    private static final double RATIO = 1.0185;
    private static final int CANDIDATES = 32;
    /** Tiles of groups. A few groups may all happen to fit a step that the model does not favour; many groups do not. */
    private static final int FEW = 1;
    /** In each window of neighbours the best candidate counts. */
    private static final int WINDOWS = 4;
    private static final int WINDOWS_OF_MANY = 2;
    /** Steps of this part of the widest are those of lanes without a group, or with nothing but zeros in it. */
    private static final float EMPTY = 1e-7f;

    private final Grids[] own;
    private final int most;
    private final float[] unit = new float[CANDIDATES];
    private final float[] step = new float[CANDIDATES];
    private final float[] cost = new float[CANDIDATES];

    /** @param own grids of the groups, whose steps may change from use to use */
    StepCandidates(Grids[] own, int most) {
        this.own = own;
        this.most = most;
        for (int i = 0; i < CANDIDATES; i++) {
            unit[i] = (float) (1 / (most * FIRST_RATIO * Math.pow(RATIO, i)));
        }
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
        float widest = widest(own);
        for (int part = 0; part < CANDIDATES; part += Lanes.COUNT) {
            costs(widest, part);
        }
        int window = CANDIDATES / (own.length <= FEW ? WINDOWS : WINDOWS_OF_MANY);
        for (int first = 0; first < CANDIDATES; first += window) {
            int best = first;
            for (int i = first; i < first + window; i++) {
                if (cost[i] < cost[best]) best = i;
            }
            consumer.accept(step[best]);
        }
    }

    /** Σ (s − m Δ)² over the groups: what their errors rise by, to second order. */
    private void costs(float widest, int part) {
        FloatVector candidate = Lanes.load(unit, part).mul(widest);
        FloatVector inverse = FloatVector.broadcast(Lanes.FLOATS, 1).div(candidate);
        FloatVector total = Lanes.ZERO;
        for (Grids grids : own) {
            for (float wanted : grids.step) {
                if (wanted <= widest * EMPTY) continue;
                FloatVector multiplier = Lanes.round(inverse.mul(wanted), 1, most);
                FloatVector difference = multiplier.mul(candidate).sub(wanted);
                total = difference.fma(difference, total);
            }
        }
        candidate.intoArray(step, part);
        total.intoArray(cost, part);
    }
}
