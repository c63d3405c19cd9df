package dvdquant.app.text;

import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.SampledSteps;
import dvdquant.models.pipeline.StepRecord;
import me.tongfei.progressbar.ProgressState;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Shows progress on standard error: a bar with the time to go on a terminal, a line a step elsewhere. */
public final class ProgressPrinter implements PipelineListener, AutoCloseable {
    private final StatusLine status;
    /** Steps of the sampling at hand. */
    private final List<StepRecord> steps = new ArrayList<>();
    /** Whether each of them will be computed, as far as it is known; empty if all are. */
    private List<Boolean> computed = List.of();
    private Latents latents;
    private Consumer<Progress> phaseBegins = _ -> {};
    /** When each phase began: of two transformers the second is loaded while steps are being taken. */
    private final Map<Class<?>, Long> starts = new HashMap<>();

    public ProgressPrinter(PrintWriter err, boolean quiet) {
        this.status = new StatusLine(err, quiet);
    }

    /** What is to be done when a phase begins: what was there before is gone then. */
    public void whenPhaseBegins(Consumer<Progress> action) {
        phaseBegins = action;
    }

    /** A line that only {@code --quiet} keeps back. */
    public void say(String line) {
        status.say(line);
    }

    /** A warning, or a line that is needed to go on after an error: printed in any case. */
    public void announce(String line) {
        status.announce(line);
    }

    @Override
    public void onWarning(String warning) {
        status.warn(warning);
    }

    @Override
    public void onSkipSchedule(List<Boolean> schedule) {
        computed = schedule;
        say(text(schedule));
    }

    /** Of which steps TeaCache computes. */
    public static String text(List<Boolean> skipSchedule) {
        var steps = new StringBuilder();
        skipSchedule.forEach(step -> steps.append(step ? 'x' : '-'));
        return "TeaCache: " + Collections.frequency(skipSchedule, true) + " of " + skipSchedule.size()
                + " steps are computed: " + steps;
    }

    @Override
    public void onStep(StepRecord step) {
        if (step.step() == 0) steps.clear();
        steps.add(step);
    }

    @Override
    public void onLatents(int step, Latents after) {
        latents = after;
    }

    /** Forgets the latents of the clip before. */
    public void beginClip() {
        latents = null;
    }

    /** The latents of the sampling at hand, after the last step that was done; empty before that. */
    public Optional<Latents> latents() {
        return Optional.ofNullable(latents);
    }

    /** The steps of the last sampling. */
    public SampledSteps sampled() {
        return new SampledSteps(steps);
    }

    @Override
    public void onProgress(Progress progress) {
        if (progress.done() == 0) {
            phaseBegins.accept(progress);
            status.close();
            starts.put(progress.getClass(), System.nanoTime());
        }
        long start = starts.computeIfAbsent(progress.getClass(), _ -> System.nanoTime());
        long elapsed = System.nanoTime() - start;
        double seconds = elapsed / 1e9;
        double each = progress.done() == 0 ? 0 : seconds / progress.done();
        if (status.hasBar()) {
            List<Boolean> schedule = computed;
            var bar = status.bar(name(progress), progress.total(),
                    look -> look.startsFrom(progress.done(), Duration.ofNanos(elapsed))
                            .setEtaFunction(state -> toGo(state, schedule)));
            bar.stepTo(progress.done());
            if (progress.done() > 0) bar.setExtraMessage(String.format(Locale.ROOT, "%.2f s/%s", each, unit(progress)));
        } else if (progress.done() > 0) {
            status.step("%s %d/%d, %.2f s/%s, %s to go", name(progress), progress.done(), progress.total(), each,
                    unit(progress),
                    StatusLine.clock(secondsToGo(seconds, progress.done(), progress.total(), computed)));
        }
        if (progress.done() == progress.total()) {
            status.close();
            if (progress instanceof Progress.Sampling) computed = List.of();
        }
    }

    /** What is to go, by what is done; skipped steps take no time worth counting. */
    private static double secondsToGo(double elapsed, long done, long total, List<Boolean> computed) {
        if (computed.isEmpty()) return elapsed / done * (total - done);
        int before = Collections.frequency(computed.subList(0, (int) done), true);
        long unknown = total - computed.size();
        return elapsed / before * (Collections.frequency(computed, true) + unknown - before);
    }

    private static Optional<Duration> toGo(ProgressState state, List<Boolean> computed) {
        if (state.getCurrent() == 0) return Optional.empty();
        double elapsed = state.getTotalElapsed().toNanos() / 1e9;
        double seconds = secondsToGo(elapsed, state.getCurrent(), state.getMax(), computed);
        return Optional.of(Duration.ofMillis(Math.round(seconds * 1000)));
    }

    private static String name(Progress progress) {
        return switch (progress) {
            case Progress.Encoding _ -> "encode";
            case Progress.EncodingImages _ -> "images";
            case Progress.Loading _ -> "load";
            case Progress.Sampling _ -> "sample";
            case Progress.Decoding _ -> "decode";
        };
    }

    private static String unit(Progress progress) {
        return switch (progress) {
            case Progress.Encoding _ -> "layer";
            case Progress.EncodingImages _ -> "part";
            case Progress.Loading _ -> "model";
            case Progress.Sampling _ -> "step";
            case Progress.Decoding _ -> "chunk";
        };
    }

    @Override
    public void close() {
        status.close();
    }
}
