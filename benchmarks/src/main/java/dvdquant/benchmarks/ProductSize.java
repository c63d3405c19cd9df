package dvdquant.benchmarks;

import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanTransformer;

import java.util.List;

/**
 * A linear layer's product: [tokens, in] · [out, in]ᵀ.
 *
 * @param name of the layers, for people; empty: just a shape
 * @param count how many of the layers at hand have it
 */
public record ProductSize(String name, int count, long tokens, long in, long out) {
    /** A shape that nobody has a name for. */
    public static ProductSize of(long tokens, long in, long out) {
        return new ProductSize("", 1, tokens, in, out);
    }

    /** The linears of a model's blocks, of each kind once and each shape once. */
    public static List<ProductSize> ofBlocks(TransformerSizes config, int tokens) {
        return switch (config) {
            case WanConfig wan -> ofBlock(wan, tokens);
            case HunyuanVideoConfig hunyuan -> ofBlocks(hunyuan, tokens);
            default -> throw new IllegalArgumentException("blocks of " + config);
        };
    }

    private static List<ProductSize> ofBlock(WanConfig config, int tokens) {
        long width = config.width();
        long wide = config.feedForward();
        return List.of(new ProductSize("attn1.*, attn2.to_q, to_out.0", 6, tokens, width, width),
                new ProductSize("attn2.to_k, to_v", 2, WanTransformer.TEXT_TOKENS, width, width),
                new ProductSize("ffn.net.0.proj", 1, tokens, width, wide),
                new ProductSize("ffn.net.2", 1, tokens, wide, width));
    }

    private static List<ProductSize> ofBlocks(HunyuanVideoConfig config, int tokens) {
        long width = config.width();
        long wide = config.feedForward();
        long text = HunyuanVideoConfig.TEXT_TOKENS;
        long both = tokens + text;
        return List.of(new ProductSize("dual: to_q, to_k, to_v, to_out.0", 4, tokens, width, width),
                new ProductSize("dual: ff.net.0.proj", 1, tokens, width, wide),
                new ProductSize("dual: ff.net.2", 1, tokens, wide, width),
                new ProductSize("dual: add_*, to_add_out", 4, text, width, width),
                new ProductSize("dual: ff_context.net.0.proj", 1, text, width, wide),
                new ProductSize("dual: ff_context.net.2", 1, text, wide, width),
                new ProductSize("single: to_q, to_k, to_v", 3, both, width, width),
                new ProductSize("single: proj_mlp", 1, both, width, wide),
                new ProductSize("single: proj_out", 1, both, width + wide, width));
    }

    /** Operations, a multiplication and an addition counted as two. */
    double flops() {
        return 2.0 * tokens * in * out;
    }

    /**
     * Bytes that have to be moved if each number is moved once.
     *
     * @param read of a number of either factor
     * @param written of a number of the result
     */
    double bytes(int read, int written) {
        return (double) read * (tokens * in + out * in) + (double) written * tokens * out;
    }

    /** {@code 4096 × 1536 × 8960} */
    public String shape() {
        return tokens + " × " + in + " × " + out;
    }
}
