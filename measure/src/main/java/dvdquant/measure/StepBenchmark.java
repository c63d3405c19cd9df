package dvdquant.measure;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.machine.CpuUse;
import dvdquant.core.machine.Machine;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.models.diffusion.DiffusionTransformer.Step;
import dvdquant.models.diffusion.teacache.BlockPass;
import dvdquant.models.diffusion.teacache.ResidualCache;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanTransformer;
import dvdquant.models.wan.vae.VaeConfig;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * A whole forward of a model's transformer, without guidance, on random latents and a random text.
 *
 * @param tokens of the video
 * @param forward its operations are those of the blocks
 * @param libtorch a block of the transformer's shapes in BF16 by libtorch's operations alone; empty on a CPU, where its attention in
 *        BF16 may have no fast path
 * @param layers that the transformer has of it
 * @param cached all forwards of a sampling of which some are skipped; empty: not asked for
 * @param loadSeconds before it
 * @param peakBytes the most that this process had resident; 0 where the system does not say
 * @param deviceBytes of a GPU's memory that loading took; empty on a CPU
 * @param othersShare the part of the cores that other programs took meanwhile, 0 to 1
 */
public record StepBenchmark(long tokens, Timing forward, Optional<Timing> libtorch, int layers, Optional<Timing> cached,
        double loadSeconds, long peakBytes, OptionalLong deviceBytes, Optional<Peak> peak,
        double othersShare) implements Measurement {
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

    /** The forwards of a model. */
    private record Measured(WanConfig config, long tokens, Timing forward, Optional<Timing> cached, double loadSeconds,
            OptionalLong deviceBytes, long peakBytes, double othersShare) {}

    /**
     * Loads the transformer of a model and measures.
     *
     * @throws dvdquant.core.InputException if it cannot be loaded
     * @throws IllegalStateException if its forward does not give the same finite numbers twice
     */
    public static StepBenchmark run(Path transformer, Plan plan, ComputeDevice device) {
        Measured model = measure(transformer, plan, device);
        return new StepBenchmark(model.tokens, model.forward, libtorch(model, device), model.config.layers(),
                model.cached, model.loadSeconds, model.peakBytes, model.deviceBytes, Peak.of(device),
                model.othersShare);
    }

    private static Measured measure(Path transformer, Plan plan, ComputeDevice device) {
        OptionalLong free = freeBytes(device);
        long start = System.nanoTime();
        try (var model = WanTransformer.open(transformer, plan.type, device, LayerArithmetic.INTEGER);
                var _ = TensorScope.open()) {
            double loadSeconds = (System.nanoTime() - start) / 1e9;
            OptionalLong taken = free.isPresent()
                    ? OptionalLong.of(free.getAsLong() - freeBytes(device).getAsLong())
                    : free;
            var forwards = Forwards.of(model, plan, device);
            forwards.requireSame();
            double flops = model.config().layers() * WanBlockRun.flops(model.config(), forwards.tokens);
            Operation forward = Operation.scoped("forward", forwards.latents.shape().toString(), flops,
                    () -> forwards.run(BlockPass.COMPUTE));
            Timing.warmUp(device, forward, plan.runs.warmUps);
            CpuUse before = CpuUse.now();
            Timing timing = Timing.of(device, forward, 0, plan.runs.counted);
            Optional<Timing> cached = plan.cached.map(steps -> Timing.of(device, forwards.cached(steps), 0, 1));
            return new Measured(model.config(), forwards.tokens, timing, cached, loadSeconds, taken,
                    Machine.peakResidentBytes(), CpuUse.now().othersSince(before));
        }
    }

    /** After the model has left the GPU. */
    private static Optional<Timing> libtorch(Measured model, ComputeDevice device) {
        if (device.device().isCpu()) return Optional.empty();
        try (var run = new WanBlockRun(model.config, ElementType.BF16, Math.toIntExact(model.tokens), 0,
                Optional.empty(), device); var _ = TensorScope.open()) {
            return Optional.of(Timing.onGpu(device, run.libtorchBlock(ElementType.BF16)));
        }
    }

    /** How many times as fast the forward is as its blocks by libtorch; by medians. */
    public Optional<Double> overLibtorch() {
        return libtorch.map(block -> layers * block.medianMillis() / forward.medianMillis());
    }

    private static OptionalLong freeBytes(ComputeDevice device) {
        return device.ownMemory().isPresent()
                ? OptionalLong.of(device.memory().availableBytes())
                : OptionalLong.empty();
    }

    /** A model and what goes into it. */
    private record Forwards(WanTransformer model, Tensor latents, Tensor text, Rotary rotary, Step step, long tokens) {
        static Forwards of(WanTransformer model, Plan plan, ComputeDevice device) {
            WanConfig config = model.config();
            int frames = 1 + (plan.clip.frames() - 1) / VaeConfig.FRAMES_PER_LATENT;
            int rows = plan.clip.height() / VaeConfig.PIXELS_PER_LATENT;
            int columns = plan.clip.width() / VaeConfig.PIXELS_PER_LATENT;
            Tensor latents = Tensor.randn(0, 1, config.inChannels(), frames, rows, columns).to(device.device());
            Tensor states = Tensor.randn(1, WanTransformer.TEXT_TOKENS, config.textWidth());
            Tensor text = model.embedText(states.to(device.device()).to(plan.type),
                    StepActivations.always(plan.activations));
            return new Forwards(model, latents, text, model.rotary(frames, rows, columns),
                    new Step(TIMESTEP, OptionalDouble.empty(), StepActivations.always(plan.activations)),
                    config.tokens(latents.shape()));
        }

        /** A benchmark of numbers that are none would say nothing. */
        void requireSame() {
            try (var _ = TensorScope.open()) {
                float[] values = run(BlockPass.COMPUTE).toFloats();
                if (!Arrays.equals(values, run(BlockPass.COMPUTE).toFloats())) {
                    throw new IllegalStateException("two forwards of the same input gave different results");
                }
                for (float value : values) {
                    if (!Float.isFinite(value)) throw new IllegalStateException("a forward gave " + value);
                }
            }
        }

        Tensor run(BlockPass pass) {
            return model.forward(latents, step, text, rotary, pass, (_, _) -> {});
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

    @Override
    public Optional<String> disturbance() {
        return QuietMachine.disturbance(othersShare, List.of(forward));
    }
}
