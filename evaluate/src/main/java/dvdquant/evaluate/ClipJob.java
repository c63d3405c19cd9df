package dvdquant.evaluate;

import dvdquant.core.contents.Fingerprint;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.Sample;
import dvdquant.evaluate.store.StoredClip;

import java.util.Optional;

/**
 * A clip to be made.
 *
 * @param clip where it is kept
 * @param reference where the clip is kept that it is held against; empty for the reference's own
 * @param measuring what the measurements depend on beside the clip
 */
record ClipJob(Candidate candidate, Sample sample, StoredClip clip, Optional<StoredClip> reference,
        Fingerprint measuring) {
    boolean isDone() {
        return clip.sampling().isPresent() && clip.measured(measuring).isPresent()
                && (reference.isPresent() || canBeHeldAgainst());
    }

    private boolean canBeHeldAgainst() {
        return clip.hasFrames() && clip.latents().isPresent();
    }
}
