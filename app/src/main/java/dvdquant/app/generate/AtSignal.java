package dvdquant.app.generate;

/** Something to be said if the process is told to end (Ctrl-C, SIGTERM) before this is closed. */
final class AtSignal implements AutoCloseable {
    private final Thread hook;

    private AtSignal(Thread hook) {
        this.hook = hook;
    }

    static AtSignal run(Runnable action) {
        var hook = new Thread(action, "at-signal");
        Runtime.getRuntime().addShutdownHook(hook);
        return new AtSignal(hook);
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The process ends already.
        }
    }
}
