package dvdquant.app.cli;

import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import java.io.PrintWriter;
import java.util.Locale;

/** Shows progress on standard error: a bar with the time to go on a terminal, a line a step elsewhere. */
final class ProgressPrinter implements PipelineListener, AutoCloseable {
    private static final int BAR_UPDATE_MILLIS = 200;

    private final PrintWriter err;
    private final boolean quiet;
    private final boolean terminal;
    private ProgressBar bar;
    private long phaseStart;

    ProgressPrinter(PrintWriter err, boolean quiet) {
        this.err = err;
        this.quiet = quiet;
        this.terminal = Terminal.onStandardError();
    }

    /** A line that only {@code --quiet} keeps back. */
    void say(String line) {
        closeBar();
        if (!quiet) err.println(line);
    }

    @Override
    public void onWarning(String warning) {
        closeBar();
        err.println("warning: " + warning);
    }

    @Override
    public void onProgress(Progress progress) {
        if (quiet) return;
        if (progress.done() == 0) begin(progress);
        double seconds = (System.nanoTime() - phaseStart) / 1e9;
        double each = progress.done() == 0 ? 0 : seconds / progress.done();
        if (terminal) {
            bar.stepTo(progress.done());
            if (progress.done() > 0) bar.setExtraMessage(String.format(Locale.ROOT, "%.2f s/%s", each, unit(progress)));
        } else if (progress.done() > 0) {
            err.printf(Locale.ROOT, "%s %d/%d, %.2f s/%s, %s to go%n", name(progress), progress.done(),
                    progress.total(), each,
                    unit(progress), clock(each * (progress.total() - progress.done())));
        }
        if (progress.done() == progress.total()) closeBar();
    }

    private void begin(Progress progress) {
        closeBar();
        phaseStart = System.nanoTime();
        if (terminal) {
            bar = new ProgressBarBuilder().setTaskName(name(progress)).setInitialMax(progress.total())
                    .setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(BAR_UPDATE_MILLIS).build();
        }
    }

    private void closeBar() {
        if (bar != null) bar.close();
        bar = null;
    }

    private static String name(Progress progress) {
        return switch (progress) {
            case Progress.Encoding _ -> "encode";
            case Progress.Loading _ -> "load";
            case Progress.Sampling _ -> "sample";
            case Progress.Decoding _ -> "decode";
        };
    }

    private static String unit(Progress progress) {
        return switch (progress) {
            case Progress.Encoding _ -> "layer";
            case Progress.Loading _ -> "model";
            case Progress.Sampling _ -> "step";
            case Progress.Decoding _ -> "chunk";
        };
    }

    private static String clock(double seconds) {
        long whole = Math.round(seconds);
        return String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }

    @Override
    public void close() {
        closeBar();
    }
}
