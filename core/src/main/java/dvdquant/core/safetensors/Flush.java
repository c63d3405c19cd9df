package dvdquant.core.safetensors;

import java.io.IOException;

/**
 * Brings to the disk in the background what has been written to a file so far, so that little is left to do at its end. One flush
 * runs at a time; the writing does not wait for it.
 */
final class Flush {
    static final long BYTES_A_FLUSH = 64L << 20;

    /** As {@link java.nio.channels.FileChannel#force}. */
    @FunctionalInterface
    interface Force {
        void force(boolean metadata) throws IOException;
    }

    private final Force file;
    private Thread running;
    private long waiting;
    private volatile IOException failure;

    Flush(Force file) {
        this.file = file;
    }

    /** Told of what was written to the file. */
    void written(long bytes) {
        waiting += bytes;
        if (waiting < BYTES_A_FLUSH || running != null && running.isAlive()) return;
        waiting = 0;
        running = Thread.ofPlatform().daemon().name("dvdquant-flush").start(() -> {
            try {
                file.force(false);
            } catch (IOException e) {
                failure = e;
            }
        });
    }

    /**
     * Waits for the flush at hand, and brings the rest to the disk.
     *
     * @throws IOException if that or an earlier flush failed: the system reports a failure to write only once
     */
    void finish() throws IOException {
        file.force(true);
        boolean interrupted = false;
        while (running != null) {
            try {
                running.join();
                running = null;
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
        if (failure != null) throw failure;
    }
}
