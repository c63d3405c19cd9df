package dvdquant.core.quant.grids;

import dvdquant.core.vector.Fma;
import dvdquant.core.vector.Lanes;
import jdk.incubator.vector.FloatVector;

import java.util.Arrays;

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

    private final Tile[] tiles;
    private final Grids[] own;
    private final int most;
    private final int window;
    private final float[] unit = new float[CANDIDATES];
    private final float[] step = new float[CANDIDATES];
    private final float[] cost = new float[CANDIDATES];

    /** @param own grids of the groups, whose steps may change from use to use */
    StepCandidates(Tile[] tiles, Grids[] own, int most) {
        this.tiles = tiles;
        this.own = own;
        this.most = most;
        this.window = CANDIDATES / (own.length <= FEW ? WINDOWS : WINDOWS_OF_MANY);
        for (int i = 0; i < CANDIDATES; i++) {
            unit[i] = (float) (1 / (most * FIRST_RATIO * Math.pow(RATIO, i)));
        }
    }

    /** The widest step of a group. */
    float widest() {
        float widest = 0;
        for (int t = 0; t < tiles.length; t++) {
            for (int lane = 0; lane < tiles[t].filled; lane++) {
                widest = Math.max(widest, own[t].step[lane]);
            }
        }
        return widest;
    }

    /** Finds {@link #found} of them for the groups' steps as they are. */
    void find() {
        float widest = widest();
        Arrays.fill(cost, 0);
        for (int i = 0; i < CANDIDATES; i++) {
            step[i] = unit[i] * widest;
        }
        for (int t = 0; t < tiles.length; t++) {
            addCosts(own[t].step, tiles[t].filled, widest * EMPTY);
        }
    }

    int found() {
        return CANDIDATES / window;
    }

    /** The best of the window of that number. */
    float step(int number) {
        int best = number * window;
        for (int i = best; i < (number + 1) * window; i++) {
            if (cost[i] < cost[best]) best = i;
        }
        return step[best];
    }

    /** Σ (s − m Δ)² over the groups: what their errors rise by, to second order. Two vectors at once hide the latency of the sums. */
    private void addCosts(float[] wanted, int count, float empty) {
        for (int part = 0; part < CANDIDATES; part += 2 * Lanes.COUNT) {
            var candidate = FloatVector.fromArray(Lanes.FLOATS, step, part);
            var candidate2 = FloatVector.fromArray(Lanes.FLOATS, step, part + Lanes.COUNT);
            var inverse = FloatVector.broadcast(Lanes.FLOATS, 1).div(candidate);
            var inverse2 = FloatVector.broadcast(Lanes.FLOATS, 1).div(candidate2);
            var total = FloatVector.fromArray(Lanes.FLOATS, cost, part);
            var total2 = FloatVector.fromArray(Lanes.FLOATS, cost, part + Lanes.COUNT);
            for (int i = 0; i < count; i++) {
                float s = wanted[i];
                if (s <= empty) continue;
                var difference = Lanes.round(inverse.mul(s), 1, most).mul(candidate).sub(s);
                total = Fma.multiplyAdd(difference, difference, total);
                difference = Lanes.round(inverse2.mul(s), 1, most).mul(candidate2).sub(s);
                total2 = Fma.multiplyAdd(difference, difference, total2);
            }
            total.intoArray(cost, part);
            total2.intoArray(cost, part + Lanes.COUNT);
        }
    }
}
