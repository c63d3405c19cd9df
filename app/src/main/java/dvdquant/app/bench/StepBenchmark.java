package dvdquant.app.bench;

import dvdquant.app.machine.CpuUse;
import dvdquant.app.machine.Machine;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.ActivationScheme;
import dvdquant.models.cache.BlockPass;
import dvdquant.models.cache.ResidualCache;
import dvdquant.models.nn.LayerArithmetic;
import dvdquant.models.pipeline.GenerationRequest.ClipSize;
import dvdquant.models.vae.VaeConfig;
import dvdquant.models.wan.WanBlockRun.Operation;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanTransformer;
import dvdquant.models.wan.WanTransformer.Step;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A whole forward of a model's transformer, without guidance, on random latents and a random text.
 *
 * @param tokens of the video
 * @param cached all forwards of a sampling of which some are skipped; empty: not asked for
 * @param loadSeconds before it
 * @param peakBytes the most that this process had resident; 0 where the system does not say
 * @param deviceBytes of a GPU's memory that loading took; empty on a CPU
 * @param othersShare the part of the machine that other programs took meanwhile, 0 to 1
 */
public record StepBenchmark(long tokens, Timing forward, Optional<Timing> cached, double loadSeconds, long peakBytes,
        OptionalLong deviceBytes, double othersShare) {
    private static final double TIMESTEP = 500;

    /** How often it is run before it counts, and then. */
    public record Runs(int warmUps, int counted) {}

    /**
     * What to measure.
     *
     * @param activations of quantized layers
     * @param cached a sampling to run once after the forwards; may be empty
     */
    public record Plan(ElementType type, ActivationScheme activations, ClipSize clip, Runs runs,
            Optional<CachedSteps> cached) {}

    /**
     * Loads the transformer of a model and measures.
     *
     * @throws dvdquant.core.InputException if it cannot be loaded
     */
    public static StepBenchmark run(Path transformer, Plan plan, Kernels kernels) {
        OptionalLong free = freeBytes(kernels);
        long start = System.nanoTime();
        try (var model = WanTransformer.open(transformer, plan.type, kernels, LayerArithmetic.INTEGER);
                var _ = TensorScope.open()) {
            double loadSeconds = (System.nanoTime() - start) / 1e9;
            OptionalLong taken = free.isPresent()
                    ? OptionalLong.of(free.getAsLong() - freeBytes(kernels).getAsLong())
                    : free;
            var forwards = Forwards.of(model, plan, kernels);
            Operation forward = Operation.scoped("forward", forwards.latents.shape().toString(), 0,
                    () -> forwards.run(BlockPass.COMPUTE));
            Timing.warmUp(kernels, forward, plan.runs.warmUps);
            CpuUse before = CpuUse.now();
            Timing timing = Timing.of(kernels, forward, 0, plan.runs.counted);
            Optional<Timing> cached = plan.cached.map(steps -> Timing.of(kernels, forwards.cached(steps), 0, 1));
            return new StepBenchmark(forwards.tokens, timing, cached, loadSeconds, Machine.peakResidentBytes(), taken,
                    CpuUse.now().othersSince(before));
        }
    }

    private static OptionalLong freeBytes(Kernels kernels) {
        return kernels.memory().map(memory -> OptionalLong.of(memory.availableBytes())).orElse(OptionalLong.empty());
    }

    /** A model and what goes into it. */
    private record Forwards(WanTransformer model, Tensor latents, Tensor text, Rotary rotary, Step step, long tokens) {
        static Forwards of(WanTransformer model, Plan plan, Kernels kernels) {
            WanConfig config = model.config();
            int frames = 1 + (plan.clip.frames() - 1) / VaeConfig.FRAMES_PER_LATENT;
            int rows = plan.clip.height() / VaeConfig.PIXELS_PER_LATENT;
            int columns = plan.clip.width() / VaeConfig.PIXELS_PER_LATENT;
            Tensor latents = Tensor.randn(0, 1, config.inChannels(), frames, rows, columns).to(kernels.device());
            Tensor states = Tensor.randn(1, WanTransformer.TEXT_TOKENS, config.textWidth());
            return new Forwards(model, latents, model.embedText(states.to(kernels.device()).to(plan.type)),
                    model.rotary(frames, rows, columns), new Step(TIMESTEP, plan.activations),
                    config.tokens(frames, rows, columns));
        }

        void run(BlockPass pass) {
            model.forward(latents, step, text, rotary, pass, (_, _) -> {});
        }

        Operation cached(CachedSteps steps) {
            return new Operation(steps.steps() + " steps, " + steps.computed() + " computed",
                    latents.shape().toString(), 0, () -> {
                        try (var cache = new ResidualCache()) {
                            for (int i = 0; i < steps.steps(); i++) {
                                try (var _ = TensorScope.open()) {
                                    run(steps.computes(i) ? cache::compute : cache::skip);
                                }
                            }
                        }
                    });
        }
    }

    /** @throws BusyMachineException if others used the machine, so that the figures say nothing */
    public void requireQuiet() {
        QuietMachine.require(othersShare, List.of(forward));
    }

}
