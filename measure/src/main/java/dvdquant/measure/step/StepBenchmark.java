package dvdquant.measure.step;

import dvdquant.core.format.ElementType;
import dvdquant.core.machine.CpuUse;
import dvdquant.core.machine.Machine;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.measure.Measurement;
import dvdquant.measure.Operation;
import dvdquant.measure.Peak;
import dvdquant.measure.QuietMachine;
import dvdquant.measure.Timing;
import dvdquant.measure.block.BlockBenchmark;
import dvdquant.measure.block.BlockKind;
import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.diffusion.teacache.BlockPass;
import dvdquant.models.diffusion.teacache.ResidualCache;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A whole forward of a model's transformer, without guidance, on random latents, a random text and, where it reads them, random pictures.
 *
 * @param tokens of the video
 * @param forward its operations are those of the blocks
 * @param libtorch blocks of the transformer's shapes in BF16 by libtorch's operations alone; none on a CPU, where its attention in BF16
 *        may have no fast path
 * @param cached all forwards of a sampling of which some are skipped; empty: not asked for
 * @param loadSeconds before it
 * @param peakBytes the most that this process had resident; 0 where the system does not say
 * @param deviceBytes of a GPU's memory that loading took; empty on a CPU
 * @param othersShare the part of the cores that other programs took meanwhile, 0 to 1
 */
public record StepBenchmark(long tokens, Timing forward, List<Blocks> libtorch, Optional<Timing> cached,
        double loadSeconds, long peakBytes, OptionalLong deviceBytes, Optional<Peak> peak,
        double othersShare) implements Measurement {
    /**
     * Blocks of a kind.
     *
     * @param count that the transformer has
     * @param libtorch one of them
     */
    public record Blocks(String kind, int count, Timing libtorch) {}

    /** How often it is run before it counts, and then. */
    public record Runs(int warmUps, int counted) {}

    /**
     * What to measure.
     *
     * @param activations of quantized layers
     * @param firstFrame whether the clip's first frame is given, of a model whose tokens have times of their own
     * @param cached a sampling to run once after the forwards; may be empty
     */
    public record Plan(ElementType type, ActivationScheme activations, ClipSize clip, boolean firstFrame, Runs runs,
            Optional<CachedSteps> cached) {}

    /** The forwards of a model. */
    private record Measured(TransformerSizes sizes, long tokens, Timing forward, Optional<Timing> cached,
            double loadSeconds,
            OptionalLong deviceBytes, long peakBytes, double othersShare) {}

    /**
     * Loads the transformer of a model and measures.
     *
     * @throws dvdquant.core.InputException if it cannot be loaded
     * @throws IllegalStateException if its forward does not give the same finite numbers twice
     */
    public static StepBenchmark run(Path transformer, Plan plan, ComputeDevice device) {
        Measured model = measure(transformer, plan, device);
        return new StepBenchmark(model.tokens, model.forward, libtorch(model, device),
                model.cached, model.loadSeconds, model.peakBytes, model.deviceBytes, Peak.of(device),
                model.othersShare);
    }

    private static Measured measure(Path transformer, Plan plan, ComputeDevice device) {
        OptionalLong free = freeBytes(device);
        long start = System.nanoTime();
        try (var _ = TensorScope.open(); var model = StepModel.open(transformer, plan, device)) {
            double loadSeconds = (System.nanoTime() - start) / 1e9;
            OptionalLong taken = free.isPresent()
                    ? OptionalLong.of(free.getAsLong() - freeBytes(device).getAsLong())
                    : free;
            requireSame(model);
            Operation forward = Operation.scoped("forward", model.latents().shape().toString(),
                    flops(model.sizes(), model.tokens()), () -> model.forward(BlockPass.COMPUTE));
            Timing.warmUp(device, forward, plan.runs.warmUps);
            CpuUse before = CpuUse.now();
            Timing timing = Timing.of(device, forward, 0, plan.runs.counted);
            Optional<Timing> cached = plan.cached.map(steps -> Timing.of(device, cached(model, steps), 0, 1));
            return new Measured(model.sizes(), model.tokens(), timing, cached, loadSeconds, taken,
                    Machine.peakResidentBytes(), CpuUse.now().othersSince(before));
        }
    }

    private static double flops(TransformerSizes transformer, long tokens) {
        return BlockKind.of(transformer).stream().mapToDouble(kind -> kind.count() * kind.flops(tokens)).sum();
    }

    /** After the model has left the GPU. */
    private static List<Blocks> libtorch(Measured model, ComputeDevice device) {
        if (device.device().isCpu()) return List.of();
        return BlockKind.of(model.sizes).stream().map(kind -> new Blocks(kind.name(), kind.count(),
                BlockBenchmark.libtorch(kind, Math.toIntExact(model.tokens), device))).toList();
    }

    /** How many times as fast the forward is as its blocks by libtorch; by medians. */
    public Optional<Double> overLibtorch() {
        if (libtorch.isEmpty()) return Optional.empty();
        return Optional.of(libtorchMillis() / forward.medianMillis());
    }

    /** All blocks by libtorch. */
    public double libtorchMillis() {
        return libtorch.stream().mapToDouble(blocks -> blocks.count * blocks.libtorch.medianMillis()).sum();
    }

    private static OptionalLong freeBytes(ComputeDevice device) {
        return device.ownMemory().isPresent()
                ? OptionalLong.of(device.memory().availableBytes())
                : OptionalLong.empty();
    }

    /** A benchmark of numbers that are none would say nothing. */
    private static void requireSame(StepModel model) {
        try (var _ = TensorScope.open()) {
            float[] values = model.forward(BlockPass.COMPUTE).toFloats();
            if (!Arrays.equals(values, model.forward(BlockPass.COMPUTE).toFloats())) {
                throw new IllegalStateException("two forwards of the same input gave different results");
            }
            for (float value : values) {
                if (!Float.isFinite(value)) throw new IllegalStateException("a forward gave " + value);
            }
        }
    }

    private static Operation cached(StepModel model, CachedSteps steps) {
        return new Operation(steps.steps() + " steps, " + steps.computed() + " computed",
                model.latents().shape().toString(), 0, () -> {
                    try (var cache = new ResidualCache()) {
                        for (int i = 0; i < steps.steps(); i++) {
                            try (var _ = TensorScope.open()) {
                                model.forward(steps.computes(i) ? cache::compute : cache::skip);
                            }
                        }
                    }
                });
    }

    @Override
    public Optional<String> disturbance() {
        return QuietMachine.disturbance(othersShare, List.of(forward));
    }
}
