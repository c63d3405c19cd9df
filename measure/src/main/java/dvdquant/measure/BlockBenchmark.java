package dvdquant.measure;

import dvdquant.core.format.ElementType;
import dvdquant.core.machine.CpuUse;
import dvdquant.measure.WanBlockRun.Errors;
import dvdquant.measure.WanBlockRun.Quantization;
import dvdquant.models.wan.WanConfig;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.TensorScope;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How fast a block of the transformer runs, beside what libtorch's matmul makes of the block's linears on the same machine, and
 * beside the block that libtorch gives by itself; and a quantized one beside both.
 *
 * @param linears their products by libtorch
 * @param kernels ours, each alone
 * @param block a whole forward in full precision
 * @param quantized a whole forward of a quantized block, for each way in which its weights may rest, the device's fastest first; may be
 *        empty
 * @param libtorch the block in full precision by libtorch's operations alone, in F32 and in BF16; in one of them where it is the faster for
 *        sure: BF16 on a GPU, F32 on a CPU that has no products of BF16
 * @param errors of both to libtorch's block, found before anything is timed
 * @param peak of the GPU; empty on a CPU, or where it is not known
 * @param othersShare the part of the cores that other programs took meanwhile, 0 to 1
 */
public record BlockBenchmark(List<Timing> linears, List<Timing> kernels, Timing block, List<Timing> quantized,
        List<Timing> libtorch, Errors errors, Optional<Peak> peak, double othersShare) implements Measurement {
    private static final int WARM_UPS = 4;
    private static final int RUNS = 5;
    /** Of a block in full precision: BF16's roundings come to 0.005. */
    private static final double ERROR_BOUND = 0.03;

    /** What to measure. */
    public record Shape(WanConfig config, ElementType type, int tokens, Optional<Quantization> quantization) {}

    /**
     * Measures.
     *
     * @throws IllegalStateException if a block does not give what libtorch's does
     */
    public static BlockBenchmark run(Shape shape, long seed, ComputeDevice device) {
        try (var run = new WanBlockRun(shape.config, shape.type, shape.tokens, seed, shape.quantization, device);
                var _ = TensorScope.open()) {
            Errors errors = requireClose(run.errors(libtorchType(device)));
            Operation block = run.block();
            Timing.warmUp(device, block, WARM_UPS); // compiles our kernels
            run.quantizedBlocks().forEach(operation -> Timing.warmUp(device, operation, WARM_UPS));
            CpuUse start = CpuUse.now();
            List<Timing> linears = LibtorchTimings.withAllThreads(
                    () -> run.linears().stream().map(linear -> Timing.ofDevice(device, linear, 1, RUNS)).toList());
            Timing whole = Timing.ofDevice(device, block, 1, RUNS);
            List<Timing> quantized = run.quantizedBlocks().stream()
                    .map(operation -> Timing.ofDevice(device, operation, 1, RUNS)).toList();
            List<Timing> parts = run.kernels().stream().map(kernel -> Timing.ofDevice(device, kernel, 2, RUNS))
                    .toList();
            return new BlockBenchmark(linears, parts, whole, quantized, libtorch(run, device), errors,
                    Peak.of(device), CpuUse.now().othersSince(start));
        }
    }

    /** Quantized weights cost what they cost; but an error as large as what a block adds is none of theirs. */
    private static Errors requireClose(Errors errors) {
        if (!(errors.block() <= ERROR_BOUND && errors.quantized().orElse(0) < 1)) {
            throw new IllegalStateException("a block is not what libtorch's is: relative error " + errors.block()
                    + " in full precision, expected at most " + ERROR_BOUND + (errors.quantized().isEmpty()
                            ? ""
                            : ", and " + errors.quantized().getAsDouble() + " quantized, expected less than 1"));
        }
        return errors;
    }

    private static ElementType libtorchType(ComputeDevice device) {
        return device.device().isCpu() ? ElementType.F32 : ElementType.BF16;
    }

    private static List<Timing> libtorch(WanBlockRun run, ComputeDevice device) {
        if (!device.device().isCpu()) {
            return List.of(Timing.onGpu(device, run.libtorchBlock(ElementType.BF16)));
        }
        Operation f32 = run.libtorchBlock(ElementType.F32);
        return LibtorchTimings.withAllThreads(() -> device.abilities().bf16().own()
                ? LibtorchTimings.ofBoth(device, f32, run.libtorchBlock(ElementType.BF16))
                : List.of(LibtorchTimings.of(device, f32)));
    }

    @Override
    public Optional<String> disturbance() {
        return QuietMachine.disturbance(othersShare, blocks());
    }

    private List<Timing> blocks() {
        var blocks = new ArrayList<>(List.of(block, fasterLibtorch()));
        blocks.addAll(quantized);
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
    public double speedup(Timing quantized) {
        return block.medianMillis() / quantized.medianMillis();
    }

    /** How many times as fast a block is as libtorch's in the faster of its types; by medians. */
    public double overLibtorch(Timing ours) {
        return fasterLibtorch().medianMillis() / ours.medianMillis();
    }

    private Timing fasterLibtorch() {
        return LibtorchTimings.faster(libtorch);
    }
}
