package dvdquant.app.bench;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongConsumer;

/** Shows how far a long file is: a line every two seconds. Told the bytes done so far. */
final class ByteProgress implements LongConsumer {
    private static final long PERIOD_NANOS = 2_000_000_000;

    private final PrintWriter err;
    private final long total;
    private final long start = System.nanoTime();
    private long last = start;

    ByteProgress(PrintWriter err, long total) {
        this.err = err;
        this.total = total;
    }

    @Override
    public void accept(long done) {
        long now = System.nanoTime();
        if (now - last < PERIOD_NANOS) return;
        last = now;
        double rate = done / ((now - start) / 1e9);
        long left = Math.round((total - done) / rate);
        err.printf(Locale.ROOT, "%.2f of %.2f GB, %.0f MB/s, %d:%02d:%02d to go%n", done / 1e9, total / 1e9,
                rate / 1e6, left / 3600, left / 60 % 60, left % 60);
    }
}
