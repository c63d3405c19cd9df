package dvdquant.models.diffusion;

import dvdquant.core.format.Shape;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.models.diffusion.DenoisingStream.Flow;
import dvdquant.models.diffusion.DiffusionTransformer.Shaped;
import dvdquant.models.diffusion.DiffusionTransformer.Step;
import dvdquant.models.diffusion.bits.BitSchedule;
import dvdquant.models.diffusion.teacache.ComputedSteps;
import dvdquant.models.diffusion.teacache.TeaCachePlan;
import dvdquant.models.diffusion.teacache.WatchedSteps;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.StepRecord.Forward;
import dvdquant.models.schedule.SamplerRun;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.TensorScope;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * One clip's way from noise to latents: the denoising loop, and what it remembers from step to step. Used once, so that nothing
 * reaches the next clip.
 */
final class Denoising {
    private final DiffusionModel model;
    private final GenerationRequest request;
    private final SamplerRun sampler;
    private final double[] timesteps;
    private final List<DenoisingStage> stages;
    private final Optional<TeaCachePlan> cache;
    private final Predicate<String> quantized;
    private final ClipTurns turns;
    private final Kernels kernels;
    /** For each step whether it is computed, as far as that is known: what is not may be. */
    private final List<Boolean> computed;
    private StagePlan plan;
    private int stepBits;

    /** Where transformers come from. Called outside of a turn. */
    interface Transformers {
        DiffusionTransformer load(String component);

        /** Told as the step begins after which that transformer is needed. */
        void foresee(String component);
    }

    /**
     * What the steps of one transformer go by; nothing of it reaches the next one's.
     *
     * @param schedule for each of its steps whether it is computed; empty where that depends on the latents
     * @param textBits of what is computed once, before them
     */
    private record StagePlan(Optional<List<Boolean>> schedule, BitSchedule bits, int textBits) {}

    /**
     * @param first the transformer of the first step
     * @param quantized whether inputs of any layers of a transformer are; if not, the activations of the request have no meaning for it
     * @param turns by which the device is shared
     */
    Denoising(DiffusionModel model, DiffusionTransformer first, GenerationRequest request, Predicate<String> quantized,
            ClipTurns turns, Kernels kernels) {
        this.model = model;
        this.turns = turns;
        this.kernels = kernels;
        this.request = request;
        this.quantized = quantized;
        sampler = DenoisingStage.sampler(model, request);
        timesteps = sampler.timesteps();
        stages = DenoisingStage.of(model, request);
        cache = request.acceleration().cache().map(model::teaCache);
        computed = new ArrayList<>(Collections.nCopies(timesteps.length, true));
        plan(stages.getFirst(), first);
    }

    private void plan(DenoisingStage stage, DiffusionTransformer transformer) {
        Optional<List<Boolean>> schedule = cache.isEmpty()
                ? Optional.of(Collections.nCopies(stage.end() - stage.first(), true))
                : cache.flatMap(by -> transformer
                        .watched(Arrays.copyOfRange(timesteps, stage.first(), stage.end()), by.retSteps())
                        .map(by.rule()::schedule));
        for (int step = stage.first(); step < stage.end() && schedule.isPresent(); step++) {
            computed.set(step, schedule.get().get(step - stage.first()));
        }
        BitPlan activations = quantized.test(stage.transformer())
                ? request.acceleration().activations()
                : new BitPlan.Full();
        plan = new StagePlan(schedule, BitSchedule.start(activations, computed, stage.first(), stage.end()),
                BitSchedule.beforeSteps(activations));
    }

    /** What the user should know, as far as it is known beforehand. */
    List<String> warnings() {
        return stages.stream().flatMap(stage -> request.acceleration().warnings(stage.only(computed)).stream())
                .distinct().toList();
    }

    /** Takes a turn for each step; called outside of one. */
    Latents run(Latents noise, EncodedPrompt prompt, Transformers transformers, PipelineListener listener,
            Cancellation cancellation) {
        UnaryOperator<Latents> imposed = x -> model.images().map(images -> images.imposed(x, prompt.prompt()))
                .orElse(x);
        Latents x = imposed.apply(noise);
        listener.onProgress(new Progress.Sampling(0, timesteps.length));
        for (DenoisingStage stage : stages) {
            try (var _ = TensorScope.open()) { // nothing is remembered from one transformer to the next
                DiffusionTransformer transformer = transformers.load(stage.transformer());
                if (stage.first() > 0) {
                    turns.take(() -> {
                        plan(stage, transformer);
                        return null;
                    });
                }
                if (cache.isPresent() && plan.schedule.isPresent()) {
                    listener.onSkipSchedule(List.copyOf(computed.subList(0, stage.end())));
                }
                Shaped shaped = turns.take(() -> transformer.prepare(noise.shape()));
                try (var prompted = stream(stage, shaped, prompt.prompt(), noise.shape());
                        var unprompted = request.guided()
                                ? stream(stage, shaped, prompt.negative().orElseThrow(), noise.shape())
                                : null) {
                    x = run(stage, x, imposed, new Streams(prompted, Optional.ofNullable(unprompted)), transformers,
                            listener, cancellation);
                }
            }
        }
        return x;
    }

    private DenoisingStream stream(DenoisingStage stage, Shaped transformer, Conditioning text, Shape latents) {
        Optional<ComputedSteps> steps = cache.map(by -> plan.schedule.<ComputedSteps>map(ComputedSteps.Known::new)
                .orElseGet(() -> new WatchedSteps(by.rule(), stage.end() - stage.first(), kernels)));
        return turns.take(() -> new DenoisingStream(transformer.given(text, ofBits(plan.textBits)), latents, steps,
                kernels));
    }

    /** @param imposed what is done to latents after each step */
    private Latents run(DenoisingStage stage, Latents from, UnaryOperator<Latents> imposed, Streams streams,
            Transformers transformers, PipelineListener listener, Cancellation cancellation) {
        Latents x = from;
        for (int step = stage.first(); step < stage.end(); step++) {
            int index = step;
            if (step == stage.end() - 1 && stage != stages.getLast()) {
                transformers.foresee(stages.get(stages.indexOf(stage) + 1).transformer());
            }
            float[] last = x.values();
            StepResult result = turns.take(() -> step(index, last, stage, streams, cancellation));
            x = imposed.apply(new Latents(from.shape(), result.latents));
            listener.onStep(result.record);
            listener.onLatents(step, x);
            listener.onProgress(new Progress.Sampling(step + 1, timesteps.length));
        }
        return x;
    }

    /** How inputs are quantized at a step; by nothing where layers take their inputs as they are. */
    private StepActivations ofBits(int bits) {
        return bits == BitSchedule.FULL
                ? StepActivations.none()
                : StepActivations.ofBits(bits, request.acceleration().scales());
    }

    /** @param unprompted of the negative prompt; empty unless guided */
    private record Streams(DenoisingStream prompted, Optional<DenoisingStream> unprompted) {}

    /** Latents that hold NaN or Inf. */
    static final class NotFiniteException extends IllegalStateException {
        private static final long serialVersionUID = 1;

        NotFiniteException(String message) {
            super(message);
        }
    }

    private record StepResult(float[] latents, StepRecord record) {}

    private StepResult step(int step, float[] x, DenoisingStage stage, Streams streams, Cancellation cancellation) {
        long start = System.nanoTime();
        boolean compute = streams.prompted.computes(step - stage.first(), x, at(step, plan.textBits));
        begin(step, compute);
        Step at = at(step, stepBits);
        Flow flow = streams.prompted.flow(x, at, compute, true, cancellation);
        flow.change().ifPresent(plan.bits::observe);
        float[] direction = flow.values();
        var forwards = new ArrayList<>(List.of(compute ? Forward.COMPUTED : Forward.SKIPPED));
        if (streams.unprompted.isPresent()) {
            DenoisingStream unprompted = streams.unprompted.get();
            boolean also = unprompted.computes(step - stage.first(), x, at(step, plan.textBits));
            direction = guided(direction, unprompted.flow(x, at, also, false, cancellation).values(),
                    (float) model.guidance(request.sampling(), stage.transformer()));
            forwards.add(also ? Forward.COMPUTED : Forward.SKIPPED);
        }
        float[] latents = sampler.step(direction, x);
        requireFinite(latents, step);
        return new StepResult(latents, record(step, forwards, flow.change(), (System.nanoTime() - start) / 1e9));
    }

    /** Chooses the bits of a step that is computed; what is skipped goes on with those of the last. */
    private void begin(int step, boolean compute) {
        if (compute) {
            stepBits = plan.bits.next(step);
        } else if (plan.schedule.isEmpty()) {
            plan.bits.skip();
        }
    }

    private Step at(int step, int activationBits) {
        return new Step(timesteps[step], request.sampling().guidance().embedded(), ofBits(activationBits));
    }

    /** unprompted + guidance · (prompted − unprompted) */
    private static float[] guided(float[] prompted, float[] unprompted, float guidance) {
        var flow = new float[prompted.length];
        for (int i = 0; i < flow.length; i++) {
            flow[i] = unprompted[i] + guidance * (prompted[i] - unprompted[i]);
        }
        return flow;
    }

    private StepRecord record(int step, List<Forward> forwards, OptionalDouble change, double seconds) {
        boolean prompted = forwards.getFirst() == Forward.COMPUTED;
        return new StepRecord(step, timesteps[step], forwards.contains(Forward.COMPUTED) ? stepBits : 0, forwards,
                change,
                prompted ? plan.bits.delta() : OptionalDouble.empty(), seconds);
    }

    private static void requireFinite(float[] x, int step) {
        for (float value : x) {
            if (!Float.isFinite(value)) {
                throw new NotFiniteException("step " + (step + 1) + " gave latents that are not finite");
            }
        }
    }
}
