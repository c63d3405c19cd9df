package dvdquant.app.bench;

import dvdquant.app.machine.CpuUse;
import dvdquant.app.machine.Machine;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.ActivationScheme;
import dvdquant.models.nn.LayerArithmetic;
import dvdquant.models.vae.VaeConfig;
import dvdquant.models.wan.WanBlockRun.Operation;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanTransformer;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.List;

/**
 * A whole forward of a model's transformer, without guidance, on random latents and a random text.
 *
 * @param tokens of the video
 * @param loadSeconds before it
 * @param peakBytes the most that this process had resident; 0 where the system does not say
 * @param othersShare the part of the machine that other programs took meanwhile, 0 to 1
 */
public record StepBenchmark(long tokens, Timing forward, double loadSeconds, long peakBytes, double othersShare) {
    private static final double TIMESTEP = 500;

    /** Of the video. */
    public record Clip(int frames, int height, int width) {}

    /** How often it is run before it counts, and then. */
    public record Runs(int warmUps, int counted) {}

    /**
     * Loads the transformer of a model and measures.
     *
     * @throws dvdquant.core.InputException if it cannot be loaded
     */
    public static StepBenchmark run(Path transformer, ElementType type, ActivationScheme activations, Clip clip,
            Runs runs, Kernels kernels) {
        long start = System.nanoTime();
        try (var model = WanTransformer.open(transformer, type, kernels, LayerArithmetic.INTEGER);
                var _ = TensorScope.open()) {
            double loadSeconds = (System.nanoTime() - start) / 1e9;
            WanConfig config = model.config();
            int frames = 1 + (clip.frames - 1) / VaeConfig.FRAMES_PER_LATENT;
            int rows = clip.height / VaeConfig.PIXELS_PER_LATENT;
            int columns = clip.width / VaeConfig.PIXELS_PER_LATENT;
            Tensor latents = Tensor.randn(0, 1, config.inChannels(), frames, rows, columns);
            Tensor text = model.embedText(Tensor.randn(1, WanTransformer.TEXT_TOKENS, config.textWidth()).to(type));
            var rotary = model.rotary(frames, rows, columns);
            var step = new WanTransformer.Step(TIMESTEP, activations);
            long tokens = config.tokens(frames, rows, columns);
            Operation forward = Operation.scoped("forward", List.of(1, config.inChannels(), frames, rows, columns)
                    .toString(), 0, () -> model.forward(latents, step, text, rotary, (_, _) -> {}));
            Timing.warmUp(forward, runs.warmUps);
            CpuUse before = CpuUse.now();
            Timing timing = Timing.of(forward, 0, runs.counted);
            return new StepBenchmark(tokens, timing, loadSeconds, Machine.peakResidentBytes(),
                    CpuUse.now().othersSince(before));
        }
    }

    /** @throws BusyMachineException if others used the machine, so that the figures say nothing */
    public void requireQuiet() {
        QuietMachine.require(othersShare, List.of(forward));
    }
}
