package dvdquant.models.diffusion;

import dvdquant.core.format.Shape;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.models.diffusion.DenoisingStream.Flow;
import dvdquant.models.diffusion.bits.BitSchedule;
import dvdquant.models.pipeline.Activations;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.StepRecord.Forward;
import dvdquant.models.pipeline.TextStates;
import dvdquant.models.schedule.Sampling;
import dvdquant.models.schedule.Scheduler;
import dvdquant.models.wan.WanTeaCache;
import dvdquant.models.wan.WanTransformer;
import dvdquant.models.wan.WanTransformer.Step;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One clip's way from noise to latents: the denoising loop, and what it remembers from step to step. Used once, so that nothing
 * reaches the next clip.
 */
final class Denoising {
    private final WanTransformer transformer;
    private final GenerationRequest request;
    private final ActivationRule rule;
    private final Sampling sampler;
    private final double[] timesteps;
    private final List<Boolean> computed;
    private final BitSchedule bits;
    private final int textBits;
    private final Turns turns;
    private int stepBits;

    /**
     * @param rule of quantized layers; empty in full precision, where the activations of the request have no meaning
     * @param turns by which the device is shared
     */
    Denoising(WanTransformer transformer, Scheduler scheduler, GenerationRequest request,
            Optional<ActivationRule> rule, Turns turns) {
        this.turns = turns;
        this.transformer = transformer;
        this.request = request;
        this.rule = rule.orElse(ActivationRule.DEFAULT);
        OptionalDouble shift = request.flowShift();
        sampler = (shift.isPresent() ? scheduler.withShift(shift.getAsDouble()) : scheduler).start(request.steps());
        timesteps = sampler.timesteps();
        computed = request.acceleration().cache().map(option -> {
            WanTeaCache cache = WanTeaCache.of(option, transformer.config());
            return cache.rule().schedule(transformer.timeSignals(timesteps, cache.projected()));
        }).orElse(Collections.nCopies(timesteps.length, true));
        Activations activations = rule.isPresent() ? request.acceleration().activations() : new Activations.Full();
        bits = BitSchedule.start(activations, computed);
        textBits = BitSchedule.beforeSteps(activations);
    }

    /** For each step whether it will be computed; known beforehand, since what TeaCache watches depends on the time alone. */
    List<Boolean> computed() {
        return computed;
    }

    /**
     * Takes a turn for each step; called outside of one.
     *
     * @param texts of the prompt and, if the request is guided, of the negative prompt
     */
    Latents run(Latents noise, List<TextStates> texts, PipelineListener listener, Cancellation cancellation) {
        Shape shape = noise.shape();
        boolean caching = request.acceleration().cache().isPresent();
        if (caching) listener.onSkipSchedule(computed);
        try (var _ = TensorScope.open()) {
            Rotary rotary = turns.take(() -> transformer.rotary(shape.dim(2), shape.dim(3), shape.dim(4)));
            try (var prompted = stream(texts.get(0), shape, rotary, caching, true);
                    var unprompted = request.guided()
                            ? stream(texts.get(1), shape, rotary, caching, false)
                            : null) {
                float[] x = noise.values();
                listener.onProgress(new Progress.Sampling(0, timesteps.length));
                for (int step = 0; step < timesteps.length; step++) {
                    int index = step;
                    float[] last = x;
                    StepResult result = turns.take(() -> step(index, last, prompted, unprompted, cancellation));
                    x = result.latents;
                    listener.onStep(result.record);
                    listener.onLatents(step, new Latents(shape, x));
                    listener.onProgress(new Progress.Sampling(step + 1, timesteps.length));
                }
                return new Latents(shape, x);
            }
        }
    }

    private DenoisingStream stream(TextStates states, Shape shape, Rotary rotary, boolean caching, boolean observed) {
        return turns.take(() -> new DenoisingStream(transformer, embedded(states), shape, rotary, caching, observed));
    }

    private Tensor embedded(TextStates states) {
        try (var scope = TensorScope.open()) {
            Tensor values = Tensor.ofFloats(states.values(), states.tokens(), states.width());
            return scope.keep(transformer.embedText(values, scheme(textBits)));
        }
    }

    /** Without quantized layers, or where they take their input as it is, no one looks at it. */
    private ActivationScheme scheme(int bits) {
        return rule.at(Math.min(bits, 8));
    }

    private record StepResult(float[] latents, StepRecord record) {}

    private StepResult step(int step, float[] x, DenoisingStream prompted, DenoisingStream unprompted,
            Cancellation cancellation) {
        long start = System.nanoTime();
        Step at = begin(step);
        boolean compute = computed.get(step);
        Flow flow = prompted.flow(x, at, compute, cancellation);
        flow.change().ifPresent(bits::observe);
        float[] direction = unprompted == null
                ? flow.values()
                : guided(flow.values(), unprompted.flow(x, at, compute, cancellation).values());
        float[] latents = sampler.step(direction, x);
        requireFinite(latents, step);
        return new StepResult(latents, record(step, flow.change(), (System.nanoTime() - start) / 1e9));
    }

    /** The bits of a step that is computed; what is skipped goes on with those of the last. */
    private Step begin(int step) {
        if (computed.get(step)) stepBits = bits.next(step);
        return new Step(timesteps[step], scheme(stepBits));
    }

    /** unprompted + guidance · (prompted − unprompted) */
    private float[] guided(float[] prompted, float[] unprompted) {
        float guidance = (float) request.guidance();
        var flow = new float[prompted.length];
        for (int i = 0; i < flow.length; i++) {
            flow[i] = unprompted[i] + guidance * (prompted[i] - unprompted[i]);
        }
        return flow;
    }

    private StepRecord record(int step, OptionalDouble change, double seconds) {
        boolean compute = computed.get(step);
        var forwards = Collections.nCopies(request.guided() ? 2 : 1, compute ? Forward.COMPUTED : Forward.SKIPPED);
        return new StepRecord(step, timesteps[step], compute ? stepBits : 0, forwards, change,
                compute ? bits.delta() : OptionalDouble.empty(), seconds);
    }

    private static void requireFinite(float[] x, int step) {
        for (float value : x) {
            if (!Float.isFinite(value)) {
                throw new IllegalStateException("step " + (step + 1) + " gave latents that are not finite; "
                        + "in bf16, f32 (--dtype f32) may help");
            }
        }
    }
}
