package dvdquant.app.cli;

import dvdquant.core.InputException;

/** What {@code --threads} may say. */
final class ThreadCount {
    /** More than any one machine has cores; some ten thousand crash the native libraries. */
    private static final int MOST = 1024;

    private ThreadCount() {}

    /**
     * @param threads null: not given
     * @throws InputException if there are none, or too many
     */
    static void check(Integer threads) {
        if (threads != null && (threads < 1 || threads > MOST)) {
            throw new InputException("--threads " + threads + ", expected 1 to " + MOST);
        }
    }
}
