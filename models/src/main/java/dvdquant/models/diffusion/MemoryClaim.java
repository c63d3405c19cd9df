package dvdquant.models.diffusion;

import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.tensor.MemoryLedger;
import dvdquant.tensor.MemoryLedger.Reservation;

/**
 * What one pipeline has reserved of its device's memory while it samples clips. They take turns, so it is what the largest of them
 * needs, with the weights that they share. Used in a turn.
 */
final class MemoryClaim {
    private final MemoryLedger ledger;
    private Reservation reserved;

    MemoryClaim(MemoryLedger ledger) {
        this.ledger = ledger;
    }

    /** Bytes that this pipeline may have besides what it holds. */
    long availableBytes() {
        return ledger.availableBytes() + (reserved == null ? 0 : reserved.outstanding());
    }

    /**
     * Reserves what sampling a clip needs, if that is not reserved for another one.
     *
     * @param plan with the weights among its needs, and, if they are loaded, in what it calls available
     * @param held bytes of them that are loaded
     * @throws dvdquant.core.InputException if others have reserved too much
     */
    void requireSampling(MemoryPlan plan, long held) {
        MemoryPlan.Phase sampling = plan.phase("sample");
        if (reserved != null && sampling.bytes() <= reserved.bytes()) {
            reserved.taken(held);
            return;
        }
        if (sampling.bytes() > plan.availableBytes()) throw plan.refusal(sampling);
        release();
        reserved = ledger.reserve(sampling.bytes(), held, () -> plan.refusal(sampling));
    }

    void release() {
        if (reserved != null) reserved.close();
        reserved = null;
    }
}
