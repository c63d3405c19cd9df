package dvdquant.models.diffusion;

import dvdquant.models.pipeline.Cancellation;
import dvdquant.tensor.Turns;

import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The turns of one pipeline on its device, which others may use too, and the clips that are being sampled in them: several threads use
 * the pipeline and its weights, and their clips advance side by side.
 */
final class ClipTurns {
    private final Turns turns;
    /** Clips that are being sampled. */
    private int clips;
    /** Threads that wait for those clips to end. */
    private int waiting;
    private boolean closed;

    ClipTurns(Turns turns) {
        this.turns = turns;
    }

    /**
     * Waits for a turn and begins something in it.
     *
     * @throws IllegalStateException if the pipeline is closed
     */
    <T> T begin(Supplier<T> work) {
        return take(() -> {
            requireOpen();
            return work.get();
        });
    }

    /** Waits for a turn and goes on, in it, with a clip that has begun. */
    <T> T take(Supplier<T> work) {
        return turns.take(work);
    }

    /** From now on, until {@link #endClip}, the transformer must not be closed. Called in a turn. */
    void beginClip() {
        clips++;
    }

    /** @param last done, in a turn, if no other clip is being sampled */
    void endClip(Runnable last) {
        take(() -> {
            clips--;
            if (clips == 0) last.run();
            turns.signal();
            return null;
        });
    }

    /**
     * Does what may have to wait until all clips end, for a clip that is being sampled: it counts as ended meanwhile. Called in a
     * turn.
     */
    <T> T withoutOwnClip(Supplier<T> work) {
        clips--;
        turns.signal();
        try {
            return work.get();
        } finally {
            beginClip();
        }
    }

    /** Whether clips are being sampled. Called in a turn. */
    boolean sampling() {
        return clips > 0;
    }

    /** Waits while others wait for all clips to end; else new clips would keep them waiting for ever. Called in a turn. */
    void letWaitingGoFirst(Cancellation cancellation) {
        await(() -> waiting == 0, cancellation);
    }

    /** Lets the others have their turns until no clip is being sampled, or that is no longer needed. Called in a turn. */
    void awaitClips(BooleanSupplier enough, Cancellation cancellation) {
        waiting++;
        try {
            await(() -> clips == 0 || enough.getAsBoolean(), cancellation);
        } finally {
            waiting--;
            turns.signal();
        }
    }

    private void await(BooleanSupplier condition, Cancellation cancellation) {
        if (condition.getAsBoolean()) return;
        turns.await(() -> {
            requireOpen();
            return condition.getAsBoolean();
        }, cancellation::check);
        requireOpen();
    }

    private void requireOpen() {
        if (closed) throw new IllegalStateException("the pipeline is closed");
    }

    /** Lets nothing begin any more, waits for the clips that are being sampled, and frees what they needed. */
    void close(Runnable free) {
        take(() -> {
            if (closed) return null;
            closed = true;
            turns.signal();
            turns.awaitUninterruptibly(() -> clips == 0);
            free.run();
            return null;
        });
    }
}
