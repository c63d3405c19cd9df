package dvdquant.evaluate.plan;

import dvdquant.core.quantize.Method;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.BitPlan.Placed;
import dvdquant.models.pipeline.BitPlan.Placement;

import java.util.ArrayList;
import java.util.List;

/** δ-GBS, and fixed schedules that aim at the same average of bits: dvd-quant at W4A6. */
public final class Schedules {
    private static final BitWidth WIDTH = new BitWidth(4, 6);

    private Schedules() {}

    /** δ-GBS first. */
    public static List<Candidate> candidates() {
        var candidates = new ArrayList<Candidate>();
        Candidate guided = Candidates.of(Method.DVD_QUANT, WIDTH);
        candidates.add(guided);
        for (Placement placement : Placement.values()) {
            String name = guided.method() + ", " + placement;
            candidates.add(new Candidate(WIDTH + " " + name, name, guided.bits(), guided.standing(), guided.model(),
                    Acceleration.defaults().withActivations(new Placed(placement, WIDTH.activations()))));
        }
        return candidates;
    }
}
