package dvdquant.evaluate;

import dvdquant.core.contents.Fingerprint;
import dvdquant.core.machine.PeakMemory;
import dvdquant.core.video.Video;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.ModelSource;
import dvdquant.evaluate.plan.Plan;
import dvdquant.evaluate.plan.Sample;
import dvdquant.evaluate.store.ResultStore;
import dvdquant.evaluate.store.StoredClip;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompts;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.video.VideoTarget;
import dvdquant.video.VideoWriter;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs a plan: the reference first, then model after model, one in memory at a time. Every prompt is encoded once, by the model in
 * full precision; all candidates start from those text states and from the same noise. What the store has is not run again.
 */
public final class Evaluation {
    private final Plan plan;
    private final ResultStore store;
    private final CandidateModels models;
    private final Scorer scorer;
    private final EvaluationListener listener;
    private final Cancellation cancellation = new Cancellation();
    private final EncodedPrompts texts = new EncodedPrompts();

    /**
     * @param models those of the plan's candidates
     * @param scorer measures the clips
     */
    public Evaluation(Plan plan, ResultStore store, CandidateModels models, Scorer scorer,
            EvaluationListener listener) {
        this.plan = plan;
        this.store = store;
        this.models = models;
        this.scorer = scorer;
        this.listener = listener;
    }

    /** @throws dvdquant.core.InputException if a model cannot be made, or a clip cannot be generated or written */
    public Results run() {
        List<ClipJob> jobs = jobs();
        List<ClipJob> pending = jobs.stream().filter(job -> !job.isDone()).toList();
        listener.onPlan(jobs.size(), jobs.size() - pending.size());
        models.make(plan.reference().model(), listener);
        if (!pending.isEmpty()) runReference(pending);
        plan.byModel().forEach((model, candidates) -> runModel(model,
                pending.stream().filter(job -> candidates.contains(job.candidate())).toList()));
        return Results.of(plan, jobs, models);
    }

    private List<ClipJob> jobs() {
        var jobs = new ArrayList<ClipJob>();
        for (Candidate candidate : plan.candidates()) {
            for (Sample sample : plan.samples()) {
                Fingerprint reference = fingerprint(plan.reference(), sample);
                Fingerprint measuring = Fingerprint.of("held against", reference.key()).with(scorer.fingerprint());
                StoredClip clip = store.clip(fingerprint(candidate, sample));
                jobs.add(candidate.equals(plan.reference())
                        ? new ClipJob(candidate, sample, clip, Optional.empty(), measuring)
                        : new ClipJob(candidate, sample, clip, Optional.of(store.clip(reference)), measuring));
            }
        }
        return jobs;
    }

    private Fingerprint fingerprint(Candidate candidate, Sample sample) {
        return models.fingerprint(candidate.model()).with(plan.fingerprint(candidate, sample));
    }

    private void runReference(List<ClipJob> pending) {
        try (VideoPipeline pipeline = Pipelines.open(plan.model(), plan.load())) {
            texts.add(pending.stream().map(this::request).toList(), pipeline, listener, cancellation);
            makeClips(pipeline, pending.stream().filter(job -> job.candidate().equals(plan.reference())).toList());
        }
    }

    private void runModel(ModelSource model, List<ClipJob> pending) {
        if (pending.isEmpty() && models.hasFigures(model)) return;
        Path folder = models.make(model, listener);
        if (!pending.isEmpty()) {
            try (VideoPipeline pipeline = Pipelines.open(folder, plan.load())) {
                pending.stream().map(this::request).forEach(request -> pipeline.plan(request).requireFits());
                makeClips(pipeline, pending);
            }
        }
        models.release(model);
    }

    private void makeClips(VideoPipeline pipeline, List<ClipJob> jobs) {
        for (ClipJob job : jobs) {
            listener.onClip(job.candidate(), job.sample());
            Latents latents = job.clip().latents().orElseGet(() -> sample(pipeline, job));
            Video video = pipeline.decode(latents, listener, cancellation);
            VideoWriter.write(video, plan.fps(), VideoTarget.parse(job.clip().file().toString()));
            if (job.reference().isEmpty()) job.clip().keepFrames(video);
            job.clip().measured(scorer.measure(job.sample().prompt(), video, latents, job.reference()),
                    job.measuring());
            listener.onClipDone();
        }
    }

    private GenerationRequest request(ClipJob job) {
        return plan.request(job.candidate(), job.sample());
    }

    private Latents sample(VideoPipeline pipeline, ClipJob job) {
        GenerationRequest request = request(job);
        var recorder = new SamplingRecorder(listener, plan.isFollowed(job.sample()), job.reference());
        PeakMemory peak = PeakMemory.begin();
        Latents latents = pipeline.sample(request, texts.of(request), recorder, cancellation);
        job.clip().sampled(latents, recorder.path(), recorder.record(peak.bytes()));
        return latents;
    }
}
