package dvdquant.benchmarks;

import dvdquant.core.format.ElementType;
import dvdquant.core.machine.CpuUse;
import dvdquant.measure.LibtorchTimings;
import dvdquant.measure.Measurement;
import dvdquant.measure.Operation;
import dvdquant.measure.Peak;
import dvdquant.measure.QuietMachine;
import dvdquant.measure.Timing;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Our attention beside libtorch's {@code scaled_dot_product_attention}.
 *
 * @param attentions a size each
 * @param peak of the GPU; empty on a CPU, or where it is not known
 * @param othersShare the part of the cores that other programs took meanwhile, 0 to 1
 */
public record AttentionBenchmark(List<Pair> attentions, Optional<Peak> peak,
        double othersShare) implements Measurement {
    private static final int WARM_UPS = 4;
    private static final int RUNS = 5;
    /** Tokens whose results on a GPU are compared with F64's. */
    private static final int SAMPLE = 64;

    /**
     * How ours computes.
     *
     * @param type of its input
     * @param normed whether the norms of queries and keys and the rotary embedding are a part of ours; libtorch's goes without
     */
    public record Mode(ElementType type, boolean normed) {}

    /**
     * One size.
     *
     * @param libtorch in F32 and in BF16; on a GPU in BF16 alone
     * @param error of ours on a GPU, relative to F64, over a sample of tokens; empty on a CPU
     */
    public record Pair(Timing ours, List<Timing> libtorch, OptionalDouble error) {
        /** How many times as fast ours is as libtorch's in the faster of its types; by medians. */
        public double ratio() {
            return LibtorchTimings.faster(libtorch).medianMillis() / ours.medianMillis();
        }
    }

    /** Measures. */
    public static AttentionBenchmark run(List<AttentionSize> sizes, Mode mode, long seed, ComputeDevice device) {
        CpuUse start = CpuUse.now();
        List<Pair> pairs = sizes.stream().map(size -> measure(size, mode, seed, device)).toList();
        return new AttentionBenchmark(pairs, Peak.of(device), CpuUse.now().othersSince(start));
    }

    private static Pair measure(AttentionSize size, Mode mode, long seed, ComputeDevice device) {
        boolean cpu = device.device().isCpu();
        try (var _ = TensorScope.open()) {
            AttentionInput input = AttentionInput.random(size, seed, mode.normed, device.device());
            AttentionInput typed = input.to(mode.type);
            OptionalDouble error = cpu
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(typed.relativeError(device.kernels(), SAMPLE));
            Timing ours = Timing.ofDevice(device, operation(size, mode.normed ? "ours, norms included" : "ours",
                    () -> typed.attend(device.kernels())), WARM_UPS, RUNS);
            Operation bf16 = libtorch(input.to(ElementType.BF16));
            List<Timing> libtorch = cpu
                    ? LibtorchTimings.ofBoth(device, libtorch(input.to(ElementType.F32)), bf16)
                    : List.of(Timing.onGpu(device, bf16));
            return new Pair(ours, libtorch, error);
        }
    }

    private static Operation operation(AttentionSize size, String by, Runnable run) {
        return Operation.scoped(size.name() + ", " + by, size.shape(), size.flops(), run);
    }

    private static Operation libtorch(AttentionInput input) {
        AttentionSize size = input.size();
        List<Tensor> heads = List.of(input.query(), input.key(), input.value()).stream()
                .map(x -> x.reshape(1, x.dim(0), size.heads(), size.headSize()).transpose(1, 2)).toList();
        return operation(size, "libtorch " + input.query().type(),
                () -> Tensor.scaledDotProductAttention(heads.get(0), heads.get(1), heads.get(2)));
    }

    @Override
    public Optional<String> disturbance() {
        return QuietMachine.disturbance(othersShare, attentions.stream().map(Pair::ours).toList());
    }

}
