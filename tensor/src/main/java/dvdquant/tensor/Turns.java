package dvdquant.tensor;

import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Lets several threads use one device, by whatever pipeline. They take turns, each for a piece of work (a text encoding, a denoising
 * step, a decoding), in the order in which they ask.
 */
public final class Turns {
    private final Runnable bindThread;
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition changed = lock.newCondition();

    /**
     * Nobody's turn yet.
     *
     * @param bindThread makes the calling thread one of the device's
     */
    public Turns(Runnable bindThread) {
        this.bindThread = bindThread;
    }

    /**
     * Waits for a turn and does something in it.
     *
     * @param <T> what the work gives
     * @param work done in the turn, by this thread
     * @return what it gave
     */
    public <T> T take(Supplier<T> work) {
        lock.lock();
        try {
            bindThread.run();
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /** Has those look again who wait for something. Called in a turn. */
    public void signal() {
        changed.signalAll();
    }

    /**
     * Lets the others have their turns until something is so. Called in a turn.
     *
     * @param check called again and again meanwhile; may throw
     * @param condition looked at in a turn, each time that somebody signals, and ten times a second
     * @throws CancellationException if the thread is interrupted
     */
    public void await(BooleanSupplier condition, Runnable check) {
        while (!condition.getAsBoolean()) {
            check.run();
            try {
                changed.await(100, TimeUnit.MILLISECONDS); // nobody signals that a clip is cancelled
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted");
            }
        }
    }

    /**
     * The same, whatever happens meanwhile.
     *
     * @param condition looked at in a turn, each time that somebody signals
     */
    public void awaitUninterruptibly(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            changed.awaitUninterruptibly();
        }
    }
}
