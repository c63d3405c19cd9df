package dvdquant.app.bench;

import dvdquant.app.machine.CpuUse;
import dvdquant.core.format.ElementType;
import dvdquant.models.wan.WanBlockRun;
import dvdquant.models.wan.WanBlockRun.Operation;
import dvdquant.models.wan.WanConfig;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.NativeThreads;

import java.util.List;

/**
 * How fast a block of the transformer runs, beside what libtorch's matmul makes of the block's linears on the same machine.
 *
 * @param linears their products by libtorch
 * @param kernels ours, each alone
 * @param block a whole forward
 * @param othersShare the part of the machine that other programs took meanwhile, 0 to 1
 */
public record BlockBenchmark(List<Timing> linears, List<Timing> kernels, Timing block, double othersShare) {
    /** Others' part of the machine up to which figures mean something: a system that does nothing takes 1 or 2 %. */
    private static final double MAX_OTHERS = 0.05;
    /** Slowest block by fastest; quiet machines stay under 1.1. */
    private static final double MAX_SPREAD = 1.3;
    private static final int WARM_UPS = 2;
    private static final int RUNS = 5;

    /**
     * Measures.
     *
     * @param type F32 or BF16
     * @param tokens of the video, from 1
     */
    public static BlockBenchmark run(WanConfig config, ElementType type, int tokens, long seed, Kernels kernels) {
        try (var run = new WanBlockRun(config, type, tokens, seed, kernels)) {
            Operation block = run.block();
            for (int i = 0; i < WARM_UPS; i++) {
                block.run().run(); // compiles our kernels
            }
            CpuUse start = CpuUse.now();
            List<Timing> linears = linears(run);
            Timing whole = Timing.of(block, 1, RUNS);
            List<Timing> parts = run.kernels().stream().map(kernel -> Timing.of(kernel, 1, RUNS)).toList();
            return new BlockBenchmark(linears, parts, whole, CpuUse.now().othersSince(start));
        }
    }

    /** libtorch at its best: f32 products go through OpenBLAS, which this program keeps to one thread otherwise. */
    private static List<Timing> linears(WanBlockRun run) {
        int before = NativeThreads.setOpenBlasCount(NativeThreads.count());
        try {
            return run.linears().stream().map(linear -> Timing.of(linear, 1, RUNS)).toList();
        } finally {
            NativeThreads.setOpenBlasCount(before);
        }
    }

    /** @throws BusyMachineException if others used the machine, so that the figures say nothing */
    public void requireQuiet() {
        if (othersShare > MAX_OTHERS) throw BusyMachineException.others(othersShare, MAX_OTHERS);
        double spread = block.worstMillis() / block.bestMillis();
        if (spread > MAX_SPREAD) throw BusyMachineException.unsteady("block", spread);
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
}
