package dvdquant.evaluate;

import dvdquant.core.metrics.Sqnr;
import dvdquant.evaluate.store.SamplingRecord;
import dvdquant.evaluate.store.StoredClip;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.StepRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Takes down what a sampling does, and passes all on. A path that is followed is kept of the reference, and of others held against its. */
final class SamplingRecorder implements PipelineListener {
    private final PipelineListener next;
    private final boolean keeps;
    private final List<float[]> referencePath;
    private final List<StepRecord> steps = new ArrayList<>();
    private final List<Latents> path = new ArrayList<>();
    private final List<Double> stepDb = new ArrayList<>();

    SamplingRecorder(PipelineListener next, boolean follows, Optional<StoredClip> reference) {
        this.next = next;
        this.keeps = follows && reference.isEmpty();
        this.referencePath = follows ? reference.map(StoredClip::path).orElse(List.of()) : List.of();
    }

    /** The latents after each step; empty unless they are the reference's, and followed. */
    List<Latents> path() {
        return path;
    }

    SamplingRecord record(long peakBytes) {
        return new SamplingRecord(steps, stepDb, peakBytes);
    }

    @Override
    public void onStep(StepRecord step) {
        steps.add(step);
        next.onStep(step);
    }

    @Override
    public void onLatents(int step, Latents latents) {
        if (keeps) path.add(latents);
        if (step < referencePath.size()) stepDb.add(Sqnr.db(latents.values(), referencePath.get(step)));
        next.onLatents(step, latents);
    }

    @Override
    public void onSkipSchedule(List<Boolean> computed) {
        next.onSkipSchedule(computed);
    }

    @Override
    public void onProgress(Progress progress) {
        next.onProgress(progress);
    }

    @Override
    public void onWarning(String warning) {
        next.onWarning(warning);
    }
}
