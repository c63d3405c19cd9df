package dvdquant.app.compare;

import dvdquant.app.text.ProgressPrinter;
import dvdquant.app.text.Terminal;
import dvdquant.app.text.WeightProgress;
import dvdquant.evaluate.EvaluationListener;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.Sample;
import dvdquant.models.pipeline.Progress;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Shows how far a whole evaluation is, on standard error: a bar with the time to go on a terminal, a line a clip elsewhere. */
final class EvaluationProgress implements EvaluationListener, AutoCloseable {
    private static final int BAR_UPDATE_MILLIS = 200;
    /** Clips that take longer are followed step by step. */
    private static final long NANOS_A_LINE = 10_000_000_000L;

    private final PrintWriter err;
    private final boolean quiet;
    private final boolean terminal = Terminal.onStandardError();
    private ProgressBar bar;
    private WeightProgress weights;
    /** What is under way: a model that is made, or a clip; in short, beside the bar. */
    private String name = "";
    private String shortName = "";
    private List<Boolean> skipSchedule = List.of();
    private int done;
    private int total;
    private long start;
    private long clipStart;
    private long lastLine;

    EvaluationProgress(PrintWriter err, boolean quiet) {
        this.err = err;
        this.quiet = quiet;
    }

    /** A line that only {@code --quiet} keeps back. */
    void say(String line) {
        if (quiet) return;
        pauseBar();
        err.println(line);
    }

    @Override
    public void onPlan(int clips, int stored) {
        total = clips - stored;
        start = System.nanoTime();
        say(clips + (clips == 1 ? " clip" : " clips")
                + (stored == 0 ? "" : ", " + stored + " of them from an earlier run"));
    }

    @Override
    public void onModel(String what) {
        say(what);
        begin(what, what);
    }

    private void begin(String name, String shortName) {
        this.name = name;
        this.shortName = shortName;
        lastLine = System.nanoTime();
    }

    @Override
    public void weightsDone(long done, long total) {
        if (weights == null) weights = new WeightProgress("quantize", err, quiet);
        weights.weightsDone(done, total);
        if (done == total) {
            weights.close();
            weights = null;
        }
    }

    @Override
    public void onClip(Candidate candidate, Sample sample) {
        begin(candidate.label() + ", \"" + sample.prompt() + "\"", candidate.label());
        clipStart = System.nanoTime();
        showBar();
    }

    private void showBar() {
        if (quiet || !terminal) return;
        if (bar == null) {
            bar = new ProgressBarBuilder().setTaskName("clips").setInitialMax(total).startsFrom(done, elapsed())
                    .setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(BAR_UPDATE_MILLIS).build();
        }
        bar.setExtraMessage(shortName);
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Says it once, not for every clip that has the same. */
    @Override
    public void onSkipSchedule(List<Boolean> computed) {
        if (computed.equals(skipSchedule)) return;
        skipSchedule = List.copyOf(computed);
        boolean shown = bar != null;
        say(ProgressPrinter.text(computed));
        if (shown) showBar();
    }

    @Override
    public void onProgress(Progress progress) {
        if (quiet || !(progress instanceof Progress.Sampling(int step, int steps))) return;
        if (bar != null) {
            bar.setExtraMessage(shortName + ", step " + step + "/" + steps);
        } else if (System.nanoTime() - lastLine > NANOS_A_LINE) {
            lastLine = System.nanoTime();
            err.println("  step " + step + "/" + steps + " of " + name);
        }
    }

    @Override
    public void onClipDone() {
        done++;
        if (quiet) return;
        if (bar != null) {
            bar.stepTo(done);
            return;
        }
        double each = (System.nanoTime() - start) / 1e9 / done;
        err.printf(Locale.ROOT, "clip %d/%d: %s: %.1f s, %s to go%n", done, total, name,
                (System.nanoTime() - clipStart) / 1e9, ProgressPrinter.clock(each * (total - done)));
    }

    @Override
    public void onWarning(String warning) {
        pauseBar();
        err.println("warning: " + warning);
    }

    private void pauseBar() {
        if (bar != null) bar.close();
        bar = null;
    }

    @Override
    public void close() {
        if (weights != null) weights.close();
        pauseBar();
    }
}
