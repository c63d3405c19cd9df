package dvdquant.app.text;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * What one who waits sees on standard error: lines, and below them, on a terminal, one bar. A line takes the bar away, and who moves it
 * next brings it back. Elsewhere there is no bar, and lines stand for it.
 */
public final class StatusLine implements AutoCloseable {
    private static final int UPDATE_MILLIS = 200;

    private final PrintWriter err;
    private final boolean quiet;
    private final boolean terminal = Terminal.onStandardError();
    private ProgressBar bar;
    private long lastStep = System.nanoTime();

    /** @param quiet whether there is neither bar nor line, but those that are printed in any case */
    public StatusLine(PrintWriter err, boolean quiet) {
        this.err = err;
        this.quiet = quiet;
    }

    /** A line that only {@code --quiet} keeps back. */
    public void say(String line) {
        if (!quiet) announce(line);
    }

    /** A line in any case: a warning, or what is needed to go on after an error. */
    public void announce(String line) {
        close();
        err.println(line);
    }

    public void warn(String warning) {
        announce("warning: " + warning);
    }

    /** Something begins that {@link #isDue} counts from. */
    public void beginSteps() {
        lastStep = System.nanoTime();
    }

    /** Whether the last line of progress is so long ago. */
    public boolean isDue(long nanos) {
        return System.nanoTime() - lastStep > nanos;
    }

    /** A line of progress, where it stands for a bar. */
    public void step(String format, Object... values) {
        if (!terminal && !quiet) err.println(String.format(Locale.ROOT, format, values));
        lastStep = System.nanoTime();
    }

    /** Whether there is a bar to move. */
    public boolean hasBar() {
        return terminal && !quiet;
    }

    /**
     * The bar; a new one if there is none.
     *
     * @param look how it differs from others
     */
    public ProgressBar bar(String task, long total, UnaryOperator<ProgressBarBuilder> look) {
        if (bar == null) {
            bar = look.apply(new ProgressBarBuilder().setTaskName(task).setInitialMax(total)
                    .setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(UPDATE_MILLIS)).build();
        }
        return bar;
    }

    /** As in {@code 1:02:03}. */
    public static String clock(double seconds) {
        long whole = Math.round(seconds);
        return String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }

    /** Takes the bar away. */
    @Override
    public void close() {
        if (bar != null) bar.close();
        bar = null;
    }
}
