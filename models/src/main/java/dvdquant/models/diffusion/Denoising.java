package dvdquant.models.diffusion;

import dvdquant.core.format.Shape;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.models.diffusion.DenoisingStream.Flow;
import dvdquant.models.diffusion.DiffusionTransformer.Shaped;
import dvdquant.models.diffusion.DiffusionTransformer.Step;
import dvdquant.models.diffusion.bits.BitSchedule;
import dvdquant.models.diffusion.teacache.TeaCachePlan;
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

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * One clip's way from noise to latents: the denoising loop, and what it remembers from step to step. Used once, so that nothing
 * reaches the next clip.
 */
final class Denoising {
    private final DiffusionModel model;
    private final GenerationRequest request;
    private final SamplerRun sampler;
    private final double[] timesteps;
    private final List<Boolean> computed;
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
        computed = request.acceleration().cache().map(option -> {
            TeaCachePlan plan = model.teaCache(option);
            return plan.rule().schedule(first.watched(timesteps, plan.retSteps()));
        }).orElse(Collections.nCopies(timesteps.length, true));
        BitPlan activations = quantized ? request.acceleration().activations() : new BitPlan.Full();
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
     * @param transformers loads the one of a name, in a turn
     */
    Latents run(Latents noise, EncodedPrompt prompt, Function<String, DiffusionTransformer> transformers,
            PipelineListener listener, Cancellation cancellation) {
        if (request.acceleration().cache().isPresent()) listener.onSkipSchedule(computed);
        Latents x = noise;
        listener.onProgress(new Progress.Sampling(0, timesteps.length));
        for (DenoisingStage stage : DenoisingStage.of(model, timesteps)) {
            try (var _ = TensorScope.open()) { // nothing is remembered from one transformer to the next
                DiffusionTransformer transformer = transformers.apply(stage.transformer());
                Shaped shaped = turns.take(() -> transformer.prepare(noise.shape()));
                try (var prompted = stream(shaped, prompt.prompt(), noise.shape());
                        var unprompted = request.guided()
                                ? stream(shaped, prompt.negative().orElseThrow(), noise.shape())
                                : null) {
                    x = run(stage, x, new Streams(prompted, Optional.ofNullable(unprompted)), listener, cancellation);
                }
            }
        }
        return x;
    }

    private DenoisingStream stream(Shaped transformer, Conditioning text, Shape latents) {
        boolean caching = request.acceleration().cache().isPresent();
        return turns.take(() -> new DenoisingStream(transformer.given(text, ofBits(textBits)), latents, caching,
                kernels));
    }

    private Latents run(DenoisingStage stage, Latents from, Streams streams, PipelineListener listener,
            Cancellation cancellation) {
        Latents x = from;
        for (int step = stage.first(); step < stage.end(); step++) {
            int index = step;
            float[] last = x.values();
            StepResult result = turns.take(() -> step(index, last, stage, streams, cancellation));
            x = new Latents(from.shape(), result.latents);
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
        Step at = begin(step);
        boolean compute = computed.get(step);
        Flow flow = streams.prompted.flow(x, at, compute, true, cancellation);
        flow.change().ifPresent(bits::observe);
        float[] direction = streams.unprompted
                .map(unprompted -> guided(flow.values(), unprompted.flow(x, at, compute, false, cancellation).values(),
                        (float) model.guidance(request.sampling(), stage.transformer())))
                .orElse(flow.values());
        float[] latents = sampler.step(direction, x);
        requireFinite(latents, step);
        return new StepResult(latents, record(step, flow.change(), (System.nanoTime() - start) / 1e9));
    }

    /** The bits of a step that is computed; what is skipped goes on with those of the last. */
    private Step begin(int step) {
        if (computed.get(step)) stepBits = bits.next(step);
        return new Step(timesteps[step], request.sampling().guidance().embedded(), ofBits(stepBits));
    }

    /** unprompted + guidance · (prompted − unprompted) */
    private static float[] guided(float[] prompted, float[] unprompted, float guidance) {
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
                throw new NotFiniteException("step " + (step + 1) + " gave latents that are not finite");
            }
        }
    }
}
