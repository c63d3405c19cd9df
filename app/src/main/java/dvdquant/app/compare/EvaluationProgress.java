package dvdquant.app.compare;

import dvdquant.app.text.AmountProgress;
import dvdquant.app.text.AmountProgress.Unit;
import dvdquant.app.text.ProgressPrinter;
import dvdquant.app.text.StatusLine;
import dvdquant.evaluate.EvaluationListener;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.Sample;
import dvdquant.models.pipeline.Progress;
import me.tongfei.progressbar.ProgressBar;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;

/** Shows how far a whole evaluation is, on standard error: a bar with the time to go on a terminal, a line a clip elsewhere. */
final class EvaluationProgress implements EvaluationListener, AutoCloseable {
    /** Clips that take longer are followed step by step. */
    private static final long NANOS_A_LINE = 10_000_000_000L;

    private final StatusLine status;
    private AmountProgress weights;
    /** What is under way: a model that is made, or a clip; in short, beside the bar. */
    private String name = "";
    private String shortName = "";
    private List<Boolean> skipSchedule = List.of();
    private int done;
    private int total;
    private long start;
    private long clipStart;

    EvaluationProgress(PrintWriter err, boolean quiet) {
        this.status = new StatusLine(err, quiet);
    }

    /** A line that only {@code --quiet} keeps back. */
    void say(String line) {
        status.say(line);
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
        status.beginSteps();
    }

    @Override
    public void weightsDone(long done, long total) {
        if (weights == null) {
            status.close(); // the bar of clips
            weights = new AmountProgress("quantize", Unit.WEIGHTS, status);
        }
        weights.weightsDone(done, total);
        if (done == total) {
            status.close();
            weights = null;
        }
    }

    @Override
    public void onClip(Candidate candidate, Sample sample) {
        begin(candidate.label() + ", \"" + sample.prompt() + "\"", candidate.label());
        clipStart = System.nanoTime();
        if (status.hasBar()) bar().setExtraMessage(shortName);
    }

    private ProgressBar bar() {
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        return status.bar("clips", total, look -> look.startsFrom(done, elapsed));
    }

    /** Says it once, not for every clip that has the same. */
    @Override
    public void onSkipSchedule(List<Boolean> computed) {
        if (computed.equals(skipSchedule)) return;
        skipSchedule = List.copyOf(computed);
        say(ProgressPrinter.text(computed));
    }

    @Override
    public void onProgress(Progress progress) {
        if (!(progress instanceof Progress.Sampling(int step, int steps))) return;
        if (status.hasBar()) {
            bar().setExtraMessage(shortName + ", step " + step + "/" + steps);
        } else if (status.isDue(NANOS_A_LINE)) {
            status.step("  step %d/%d of %s", step, steps, name);
        }
    }

    @Override
    public void onClipDone() {
        done++;
        if (status.hasBar()) bar().stepTo(done);
        double each = (System.nanoTime() - start) / 1e9 / done;
        status.step("clip %d/%d: %s: %.1f s, %s to go", done, total, name, (System.nanoTime() - clipStart) / 1e9,
                StatusLine.clock(each * (total - done)));
    }

    @Override
    public void onWarning(String warning) {
        status.warn(warning);
    }

    @Override
    public void close() {
        status.close();
    }
}
