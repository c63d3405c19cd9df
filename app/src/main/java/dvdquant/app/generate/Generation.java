package dvdquant.app.generate;

import dvdquant.app.text.Manifest;
import dvdquant.app.text.ProgressPrinter;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.io.StagedPath;
import dvdquant.models.diffusion.bits.BitSchedule;
import dvdquant.models.given.GivenImages;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.EncodedPrompts;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.SampledSteps;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.schedule.FlowShift;
import dvdquant.video.VideoTarget;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;

/**
 * Clips from one or more requests that differ in their prompts only: all are checked before the first is begun, and all prompts go
 * through the text encoder at once.
 *
 * @param model the pipeline's folder
 * @param arguments of the command line, for the manifests
 */
record Generation(VideoPipeline pipeline, Path model, int fps, List<String> arguments, ProgressPrinter progress) {
    /**
     * One clip.
     *
     * @param images those of the request, and their files
     * @param latents where the sampled latents are kept; null: nowhere, once the clip is written
     */
    record Job(GenerationRequest request, GivenImages images, VideoTarget target, Path latents) {}

    void run(List<Job> jobs) {
        for (Job job : jobs) {
            pipeline.check(job.request);
            job.target.check(job.request.size().width(), job.request.size().height());
            job.target.checkFps(fps);
            ClipWriter.check(job.target);
            StagedPath.check(job.latents == null ? ClipWriter.freeBeside(job.target.path()) : job.latents);
        }
        GenerationRequest first = jobs.getFirst().request;
        MemoryPlan plan = pipeline.plan(first);
        describe(first, plan);
        plan.requireFits();
        var sizes = new HashSet<>(Set.of(first.size()));
        jobs.stream().map(Job::request).filter(request -> sizes.add(request.size()))
                .forEach(request -> pipeline.plan(request).requireFits());

        try (var _ = StagedPath.claim(Manifest.beside(jobs.getFirst().target.path())); var memory = new StageMemory()) {
            generate(jobs, memory);
        }
    }

    private void generate(List<Job> jobs, StageMemory memory) {
        var cancellation = new Cancellation();
        progress.whenPhaseBegins(phase -> {
            if (phase instanceof Progress.EncodingImages) memory.begin("images");
            if (phase instanceof Progress.Decoding) memory.begin("decode");
        });
        memory.begin("encode");
        var texts = EncodedPrompts.of(jobs.stream().map(Job::request).toList(), pipeline, progress, cancellation);
        for (int i = 0; i < jobs.size(); i++) {
            Job job = jobs.get(i);
            if (jobs.size() > 1) progress.say((i + 1) + "/" + jobs.size() + ": " + job.request.prompt().text());
            memory.begin("sample");
            generate(job, texts.of(job.request), memory, cancellation);
        }
        memory.text().ifPresent(progress::say);
    }

    private void describe(GenerationRequest request, MemoryPlan plan) {
        String type = pipeline.computeType().label();
        String precision = quantization(request).map(bits -> bits + ", the rest " + type).orElse(type)
                + pipeline.cache(request).map(cache -> ", " + cache.text()).orElse("");
        progress.say(model + ": " + request.size() + ", " + request.sampling().steps() + " steps, guidance "
                + request.sampling().guidance().text() + boundary(request)
                + ", seed " + request.sampling().seed() + ", " + precision + ", " + pipeline.device().describe() + ", "
                + pipeline.threads()
                + " threads");
        FlowShift shift = pipeline.flowShift(request);
        progress.say("  flow shift: " + shift.value() + ", " + shift.reason());
        progress.say("  computes in " + type + ": " + pipeline.computeType().reason());
        progress.say("  text encoder: " + pipeline.textPrecision());
        progress.say("  device: " + pipeline.abilities().text());
        plan.lines().forEach(line -> progress.say("  memory: " + line));
    }

    private String boundary(GenerationRequest request) {
        OptionalDouble boundary = pipeline.boundary(request);
        return boundary.isPresent() ? ", boundary " + boundary.getAsDouble() : "";
    }

    /** As in {@code W4A8}, of each transformer if they differ, and whether it is emulated; empty in full precision. */
    private Optional<String> quantization(GenerationRequest request) {
        var labels = new LinkedHashMap<String, String>();
        for (String transformer : pipeline.transformers()) {
            labels.put(transformer,
                    pipeline.quantization(transformer).map(format -> label(format, request.acceleration()))
                            .orElse(pipeline.computeType().label()));
        }
        if (pipeline.quantization().isEmpty()) return Optional.empty();
        boolean alike = Set.copyOf(labels.values()).size() == 1;
        return Optional.of(alike
                ? labels.firstEntry().getValue()
                : labels.entrySet().stream().map(one -> one.getKey() + " " + one.getValue())
                        .collect(Collectors.joining(", ")));
    }

    private static String label(QuantizedFormat format, Acceleration by) {
        return "W" + format.weightBits() + by.activations().label()
                + (format.arithmetic(by.choice()) == LayerArithmetic.EMULATED ? " (emulated)" : "");
    }

    /** Bits and skipped steps, if there are any, and the time. */
    private static String describe(SampledSteps sampled) {
        double bits = sampled.averageBits().orElse(BitSchedule.FULL);
        String what = bits == BitSchedule.FULL && sampled.skippedForwards() == 0
                ? ""
                : String.format(Locale.ROOT, "%s, %.2f bits on average, ", sampled.schedule(), bits);
        return String.format(Locale.ROOT, "sampled: %s%d forwards computed, %d skipped, %.2f s a step", what,
                sampled.computedForwards(), sampled.skippedForwards(), sampled.secondsAStep());
    }

    /** Keeps the latents so far where sampling fails, as when a GPU's memory runs out. */
    private Latents sample(Job job, EncodedPrompt conditions, Cancellation cancellation) {
        progress.beginClip();
        try {
            return pipeline.sample(job.request, conditions, progress, cancellation);
        } catch (CancellationException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            try {
                progress.latents().ifPresent(latents -> keep(job, latents));
            } catch (RuntimeException notKept) {
                e.addSuppressed(notKept);
            }
            throw e;
        }
    }

    private void keep(Job job, Latents latents) {
        int done = progress.sampled().steps().size();
        var texts = new Manifest().put(job.request).put(job.images).put("steps_done", done).asTexts();
        KeptLatents.keep(latents, texts, job.target.path(), null, progress).place()
                .ifPresent(kept -> progress.announce("the latents after " + done + " of "
                        + job.request.sampling().steps() + " steps are in " + kept + " (dvdquant decode shows them)"));
    }

    private void generate(Job job, EncodedPrompt conditions, StageMemory memory, Cancellation cancellation) {
        long start = System.nanoTime();
        Latents latents = sample(job, conditions, cancellation);
        SampledSteps sampled = progress.sampled();
        progress.say(describe(sampled));
        FlowShift shift = pipeline.flowShift(job.request);
        Manifest manifest = new Manifest().put("model", model.toString()).put(job.request).put(job.images);
        pipeline.boundary(job.request).ifPresent(boundary -> manifest.put("boundary", boundary));
        manifest.put("flow_shift", shift.value()).put("flow_shift_reason", shift.reason())
                .put("dtype", pipeline.dtype().name())
                .put("dtype_reason", pipeline.computeType().reason())
                .put("text_encoder", pipeline.textPrecision())
                .put("quantization", quantization(job.request).orElse("none"))
                .put("cache", pipeline.cache(job.request).map(TeaCache::text).orElse("none"))
                .put("device", pipeline.device().describe()).put("abilities", pipeline.abilities().text())
                .put("threads", pipeline.threads())
                .putArguments(arguments).put("sample_seconds", ClipWriter.seconds(start))
                .put(sampled);
        memory.end();
        new ClipWriter(pipeline, model, progress).write(latents, job.target, fps, job.latents, manifest);
    }
}
