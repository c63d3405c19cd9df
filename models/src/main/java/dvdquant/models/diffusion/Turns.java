package dvdquant.models.diffusion;

import dvdquant.models.pipeline.Cancellation;
import dvdquant.tensor.Kernels;

import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Lets several threads use one pipeline, its weights and its device. They take turns, each for a piece of work (a text encoding, a
 * denoising step, a decoding), in the order in which they ask, so that clips advance side by side.
 */
final class Turns {
    private final Kernels kernels;
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition changed = lock.newCondition();
    /** Clips that are being sampled. */
    private int clips;
    /** Threads that wait for those clips to end. */
    private int waiting;
    private boolean closed;

    Turns(Kernels kernels) {
        this.kernels = kernels;
    }

    /** Waits for a turn and begins something in it. @throws IllegalStateException if the pipeline is closed */
    <T> T begin(Supplier<T> work) {
        return take(() -> {
            requireOpen();
            return work.get();
        });
    }

    /** Waits for a turn and goes on, in it, with a clip that has begun. */
    <T> T take(Supplier<T> work) {
        lock.lock();
        try {
            kernels.bindThread();
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /** From now on, until {@link #endClip}, the transformer must not be closed. Called in a turn. */
    void beginClip() {
        clips++;
    }

    void endClip() {
        lock.lock();
        try {
            clips--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Does what may have to wait until all clips end, for a clip that is being sampled: it counts as ended meanwhile. Called in a
     * turn.
     */
    <T> T withoutOwnClip(Supplier<T> work) {
        endClip();
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
            changed.signalAll();
        }
    }

    private void await(BooleanSupplier condition, Cancellation cancellation) {
        while (!condition.getAsBoolean()) {
            cancellation.check();
            try {
                changed.await(100, TimeUnit.MILLISECONDS); // nobody signals that a clip is cancelled
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted");
            }
            requireOpen();
        }
    }

    private void requireOpen() {
        if (closed) throw new IllegalStateException("the pipeline is closed");
    }

    /** Lets nothing begin any more, waits for the clips that are being sampled, and frees what they needed. */
    void close(Runnable free) {
        lock.lock();
        try {
            if (closed) return;
            closed = true;
            changed.signalAll();
            while (clips > 0) {
                changed.awaitUninterruptibly();
            }
            kernels.bindThread();
            free.run();
        } finally {
            lock.unlock();
        }
    }
}
