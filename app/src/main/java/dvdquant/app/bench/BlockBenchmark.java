package dvdquant.app.bench;

import dvdquant.app.machine.CpuUse;
import dvdquant.core.format.ElementType;
import dvdquant.models.wan.WanBlockRun;
import dvdquant.models.wan.WanBlockRun.Operation;
import dvdquant.models.wan.WanBlockRun.Quantization;
import dvdquant.models.wan.WanConfig;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.TensorScope;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How fast a block of the transformer runs, beside what libtorch's matmul makes of the block's linears on the same machine, and
 * a quantized one beside it and beside the block that libtorch gives by itself.
 *
 * @param linears their products by libtorch
 * @param kernels ours, each alone
 * @param block a whole forward in full precision
 * @param quantized what a quantized block adds; may be empty
 * @param othersShare the part of the machine that other programs took meanwhile, 0 to 1
 */
public record BlockBenchmark(List<Timing> linears, List<Timing> kernels, Timing block, Optional<Quantized> quantized,
        double othersShare) {
    private static final int WARM_UPS = 4;
    private static final int RUNS = 5;

    /**
     * A quantized block and what it is measured against.
     *
     * @param block a whole forward, everything included
     * @param libtorch the block in full precision by libtorch's operations alone, in F32 and in BF16
     */
    public record Quantized(Timing block, List<Timing> libtorch) {
        public Timing fasterLibtorch() {
            return LibtorchTimings.faster(libtorch);
        }
    }

    /** What to measure. */
    public record Shape(WanConfig config, ElementType type, int tokens, Optional<Quantization> quantization) {}

    /** Measures. */
    public static BlockBenchmark run(Shape shape, long seed, Kernels kernels) {
        try (var run = new WanBlockRun(shape.config, shape.type, shape.tokens, seed, shape.quantization, kernels);
                var _ = TensorScope.open()) {
            Operation block = run.block();
            Timing.warmUp(kernels, block, WARM_UPS); // compiles our kernels
            run.quantizedBlock().ifPresent(operation -> Timing.warmUp(kernels, operation, WARM_UPS));
            CpuUse start = CpuUse.now();
            List<Timing> linears = LibtorchTimings.withAllThreads(
                    () -> run.linears().stream().map(linear -> Timing.ofDevice(kernels, linear, 1, RUNS)).toList());
            Timing whole = Timing.ofDevice(kernels, block, 1, RUNS);
            Optional<Timing> quantized = run.quantizedBlock()
                    .map(operation -> Timing.ofDevice(kernels, operation, 1, RUNS));
            List<Timing> parts = run.kernels().stream().map(kernel -> Timing.ofDevice(kernels, kernel, 2, RUNS))
                    .toList();
            Optional<Quantized> comparison = quantized.map(timing -> new Quantized(timing, libtorch(run, kernels)));
            return new BlockBenchmark(linears, parts, whole, comparison, CpuUse.now().othersSince(start));
        }
    }

    /** On a GPU in BF16 alone: its attention in F32 would keep all scores. */
    private static List<Timing> libtorch(WanBlockRun run, Kernels kernels) {
        if (!kernels.device().isCpu()) {
            return List.of(Timing.onGpu(kernels, run.libtorchBlock(ElementType.BF16)));
        }
        return LibtorchTimings.withAllThreads(() -> LibtorchTimings.ofBoth(kernels, run.libtorchBlock(ElementType.F32),
                run.libtorchBlock(ElementType.BF16)));
    }

    /** @throws BusyMachineException if others used the machine, so that the figures say nothing */
    public void requireQuiet() {
        QuietMachine.require(othersShare, blocks());
    }

    private List<Timing> blocks() {
        var blocks = new ArrayList<>(List.of(block));
        quantized.ifPresent(q -> blocks.addAll(List.of(q.block, q.fasterLibtorch())));
        return blocks;
    }

    /** R, in GFLOP/s: the operations of the linears by the sum of their best times in libtorch. */
    public double linearRate() {
        return linears.stream().mapToDouble(Timing::flops).sum() / linearMillis() / 1e6;
    }

    /** The sum of the linears' best times. */
    public double linearMillis() {
        return linears.stream().mapToDouble(Timing::bestMillis).sum();
    }

    /** GFLOP/s of the median forward: linears and both attentions, the rest counts as nothing. */
    public double blockRate() {
        return block.medianRate();
    }

    /** The block's rate by R: 1 would be a block that is nothing but products. */
    public double ratio() {
        return blockRate() / linearRate();
    }

    /** How many times as fast the quantized block is as ours in full precision; by medians. */
    public Optional<Double> speedup() {
        return quantized.map(q -> block.medianMillis() / q.block.medianMillis());
    }

    /** How many times as fast the quantized block is as libtorch's in the faster of its types; by medians. */
    public Optional<Double> speedupOverLibtorch() {
        return quantized.map(q -> q.fasterLibtorch().medianMillis() / q.block.medianMillis());
    }
}
