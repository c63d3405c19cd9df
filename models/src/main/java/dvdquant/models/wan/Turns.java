package dvdquant.models.wan;

import dvdquant.tensor.Kernels;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Lets several threads use one pipeline, its weights and its device. They take turns, each for a piece of work (a text encoding, a
 * denoising step, a decoding), in the order in which they ask, so that clips advance side by side.
 */
final class Turns {
    private final Kernels kernels;
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition clipEnded = lock.newCondition();
    private int clips;

    Turns(Kernels kernels) {
        this.kernels = kernels;
    }

    /** Waits for a turn and does a piece of work in it. */
    <T> T take(Supplier<T> work) {
        lock.lock();
        try {
            kernels.bindThread();
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /** From now on, until {@link #endClip}, the transformer has to stay. Called in a turn. */
    void beginClip() {
        clips++;
    }

    void endClip() {
        lock.lock();
        try {
            clips--;
            clipEnded.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Lets the others have their turns until no clip is being sampled. Called in a turn. */
    void awaitClips() {
        while (clips > 0) {
            clipEnded.awaitUninterruptibly();
        }
    }
}
