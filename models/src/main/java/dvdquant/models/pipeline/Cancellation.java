package dvdquant.models.pipeline;

import java.util.concurrent.CancellationException;

/** Asks a running generation to stop, from any thread. It stops after the transformer block at hand, or when it has its turn again. */
public final class Cancellation {
    private volatile boolean cancelled;

    /** Of a generation that may go on. */
    public Cancellation() {}

    /** Asks; once is enough, and nothing takes it back. */
    public void cancel() {
        cancelled = true;
    }

    /**
     * Ends the caller's work if it is asked for.
     *
     * @throws CancellationException if {@link #cancel} was called
     */
    public void check() {
        if (cancelled) throw new CancellationException("cancelled");
    }
}
