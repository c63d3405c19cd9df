package dvdquant.app.bench;

import dvdquant.app.machine.CpuUse;
import dvdquant.core.format.ElementType;
import dvdquant.models.wan.WanBlockRun.Operation;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanTransformer;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/**
 * Our attention beside libtorch's {@code scaled_dot_product_attention}.
 *
 * @param attentions over the tokens themselves, and over the text
 * @param othersShare the part of the machine that other programs took meanwhile, 0 to 1
 */
public record AttentionBenchmark(List<Pair> attentions, double othersShare) {
    private static final int WARM_UPS = 4;
    private static final int RUNS = 5;

    /**
     * One size.
     *
     * @param libtorch in F32 and in BF16
     */
    public record Pair(Timing ours, List<Timing> libtorch) {
        /** How many times as fast ours is as libtorch's in the faster of its types; by medians. */
        public double ratio() {
            return LibtorchTimings.faster(libtorch).medianMillis() / ours.medianMillis();
        }
    }

    private record Size(String name, long tokens, long keys, WanConfig config, ElementType type, long seed) {
        Operation operation(String by, Runnable run) {
            return Operation.scoped(name + ", " + by, tokens + " × " + keys + ", " + config.heads() + " heads",
                    4.0 * tokens * keys * config.width(), run);
        }
    }

    /**
     * Measures.
     *
     * @param type that ours computes in
     */
    public static AttentionBenchmark run(WanConfig config, ElementType type, int tokens, long seed, Kernels kernels) {
        CpuUse start = CpuUse.now();
        List<Pair> pairs = List.of(measure(new Size("self-attention", tokens, tokens, config, type, seed), kernels),
                measure(new Size("cross-attention", tokens, WanTransformer.TEXT_TOKENS, config, type, seed), kernels));
        return new AttentionBenchmark(pairs, CpuUse.now().othersSince(start));
    }

    private static Pair measure(Size size, Kernels kernels) {
        try (var _ = TensorScope.open()) {
            int width = size.config.width();
            List<Tensor> inputs = List.of(Tensor.randn(size.seed, size.tokens, width),
                    Tensor.randn(size.seed + 1, size.keys, width), Tensor.randn(size.seed + 2, size.keys, width));
            List<Tensor> typed = inputs.stream().map(x -> x.to(size.type)).toList();
            Timing ours = Timing.of(size.operation("ours", () -> kernels.attention(typed.get(0), typed.get(1),
                    typed.get(2), size.config.heads())), WARM_UPS, RUNS);
            return new Pair(ours, LibtorchTimings.ofBoth(libtorch(size, inputs, ElementType.F32),
                    libtorch(size, inputs, ElementType.BF16)));
        }
    }

    private static Operation libtorch(Size size, List<Tensor> inputs, ElementType type) {
        List<Tensor> heads = inputs.stream().map(x -> x.to(type)
                .reshape(1, x.dim(0), size.config.heads(), size.config.headSize()).transpose(1, 2)).toList();
        return size.operation("libtorch " + type,
                () -> Tensor.scaledDotProductAttention(heads.get(0), heads.get(1), heads.get(2)));
    }

    /** @throws BusyMachineException if others used the machine, so that the figures say nothing */
    public void requireQuiet() {
        QuietMachine.require(othersShare, attentions.stream().map(Pair::ours).toList());
    }
}
