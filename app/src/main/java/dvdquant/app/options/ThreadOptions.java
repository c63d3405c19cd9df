package dvdquant.app.options;

import dvdquant.core.InputException;
import picocli.CommandLine.Option;

import java.util.OptionalInt;

/** With how many threads to compute. */
public final class ThreadOptions {
    /** More than any machine has cores for; a slip of the finger must not start millions. */
    private static final int MOST = 1024;

    @Option(names = "--threads", paramLabel = "N", description = "Threads to compute with (default: all cores).")
    private Integer threads;

    /**
     * Empty if the flag is not given.
     *
     * @throws InputException if the flag is out of range
     */
    public OptionalInt given() {
        if (threads == null) return OptionalInt.empty();
        if (threads < 1 || threads > MOST) {
            throw new InputException("--threads " + threads + ", expected 1 to " + MOST);
        }
        return OptionalInt.of(threads);
    }

    /** @throws InputException if the flag is out of range */
    public int count() {
        return given().orElseGet(() -> Runtime.getRuntime().availableProcessors());
    }
}
