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
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
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
    private final Optional<TeaCachePlan> cache;
    /** For each step whether it is computed; empty where that depends on the latents. */
    private final Optional<List<Boolean>> schedule;
    private final BitSchedule bits;
    private final int textBits;
    private final ClipTurns turns;
    private final Kernels kernels;
    private int stepBits;

    /**
     * @param first the transformer of the first step
     * @param quantized whether inputs of any layers are; if not, the activations of the request have no meaning
     * @param turns by which the device is shared
     */
    Denoising(DiffusionModel model, DiffusionTransformer first, GenerationRequest request,
            boolean quantized, ClipTurns turns, Kernels kernels) {
        this.model = model;
        this.turns = turns;
        this.kernels = kernels;
        this.request = request;
        sampler = DenoisingStage.sampler(model, request);
        timesteps = sampler.timesteps();
        cache = request.acceleration().cache().map(model::teaCache);
        schedule = cache.isEmpty()
                ? Optional.of(allSteps())
                : cache.flatMap(plan -> first.watched(timesteps, plan.retSteps()).map(plan.rule()::schedule));
        BitPlan activations = quantized ? request.acceleration().activations() : new BitPlan.Full();
        bits = BitSchedule.start(activations, computed());
        textBits = BitSchedule.beforeSteps(activations);
    }

    /** For each step whether it will be computed, as far as that is known beforehand: where it is not, all may be. */
    List<Boolean> computed() {
        return schedule.orElseGet(this::allSteps);
    }

    private List<Boolean> allSteps() {
        return Collections.nCopies(timesteps.length, true);
    }

    /**
     * Takes a turn for each step; called outside of one.
     *
     * @param transformers loads the one of a name, in a turn
     */
    Latents run(Latents noise, EncodedPrompt prompt, Function<String, DiffusionTransformer> transformers,
            PipelineListener listener, Cancellation cancellation) {
        if (cache.isPresent()) schedule.ifPresent(listener::onSkipSchedule);
        UnaryOperator<Latents> imposed = x -> model.images().map(images -> images.imposed(x, prompt.prompt()))
                .orElse(x);
        Latents x = imposed.apply(noise);
        listener.onProgress(new Progress.Sampling(0, timesteps.length));
        for (DenoisingStage stage : DenoisingStage.of(model, request)) {
            try (var _ = TensorScope.open()) { // nothing is remembered from one transformer to the next
                DiffusionTransformer transformer = transformers.apply(stage.transformer());
                Shaped shaped = turns.take(() -> transformer.prepare(noise.shape()));
                try (var prompted = stream(shaped, prompt.prompt(), noise.shape());
                        var unprompted = request.guided()
                                ? stream(shaped, prompt.negative().orElseThrow(), noise.shape())
                                : null) {
                    x = run(stage, x, imposed, new Streams(prompted, Optional.ofNullable(unprompted)), listener,
                            cancellation);
                }
            }
        }
        return x;
    }

    private DenoisingStream stream(Shaped transformer, Conditioning text, Shape latents) {
        Optional<ComputedSteps> steps = cache.map(plan -> schedule.<ComputedSteps>map(ComputedSteps.Known::new)
                .orElseGet(() -> new WatchedSteps(plan.rule(), timesteps.length, kernels)));
        return turns
                .take(() -> new DenoisingStream(transformer.given(text, ofBits(textBits)), latents, steps, kernels));
    }

    /** @param imposed what is done to latents after each step */
    private Latents run(DenoisingStage stage, Latents from, UnaryOperator<Latents> imposed, Streams streams,
            PipelineListener listener, Cancellation cancellation) {
        Latents x = from;
        for (int step = stage.first(); step < stage.end(); step++) {
            int index = step;
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
        boolean compute = streams.prompted.computes(step, x, at(step, textBits));
        begin(step, compute);
        Step at = at(step, stepBits);
        Flow flow = streams.prompted.flow(x, at, compute, true, cancellation);
        flow.change().ifPresent(bits::observe);
        float[] direction = flow.values();
        var forwards = new ArrayList<>(List.of(compute ? Forward.COMPUTED : Forward.SKIPPED));
        if (streams.unprompted.isPresent()) {
            DenoisingStream unprompted = streams.unprompted.get();
            boolean also = unprompted.computes(step, x, at(step, textBits));
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
            stepBits = bits.next(step);
        } else if (schedule.isEmpty()) {
            bits.skip();
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
                prompted ? bits.delta() : OptionalDouble.empty(), seconds);
    }

    private static void requireFinite(float[] x, int step) {
        for (float value : x) {
            if (!Float.isFinite(value)) {
                throw new NotFiniteException("step " + (step + 1) + " gave latents that are not finite");
            }
        }
    }
}
