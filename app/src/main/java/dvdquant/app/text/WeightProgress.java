package dvdquant.app.text;

import dvdquant.core.quantize.Quantizer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import java.io.PrintWriter;
import java.util.Locale;

/** Shows how many weights are done: a bar with the time to go on a terminal, a line every few seconds elsewhere. */
public final class WeightProgress implements Quantizer.Progress, AutoCloseable {
    private static final int MILLION = 1_000_000;
    private static final long NANOS_A_LINE = 2_000_000_000L;

    private final String task;
    private final PrintWriter err;
    private final boolean quiet;
    private final boolean terminal = Terminal.onStandardError();
    private final long start = System.nanoTime();
    private long lastLine = start;
    private ProgressBar bar;

    /** @param task what is done to them, in a word */
    public WeightProgress(String task, PrintWriter err, boolean quiet) {
        this.task = task;
        this.err = err;
        this.quiet = quiet;
    }

    @Override
    public void weightsDone(long done, long total) {
        if (quiet) return;
        if (terminal) {
            if (bar == null) {
                bar = new ProgressBarBuilder().setTaskName(task).setInitialMax(total)
                        .setUnit(" M weights", MILLION)
                        .setStyle(ProgressBarStyle.ASCII).showSpeed().build();
            }
            bar.stepTo(done);
        } else if (done > 0 && System.nanoTime() - lastLine > NANOS_A_LINE) {
            lastLine = System.nanoTime();
            double seconds = (lastLine - start) / 1e9;
            err.printf(Locale.ROOT, "%s %d/%d million weights, %.0f million/s, %.0f s to go%n", task, done / MILLION,
                    total / MILLION, done / seconds / MILLION, seconds * (total - done) / done);
        }
    }

    public void say(String line) {
        close();
        if (!quiet) err.println(line);
    }

    @Override
    public void close() {
        if (bar != null) bar.close();
        bar = null;
    }
}
