package dvdquant.benchmarks;

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

    /** The ten linears of a block, each shape once. */
    public static List<ProductSize> ofBlock(WanConfig config, int tokens) {
        long width = config.width();
        long wide = config.feedForward();
        return List.of(new ProductSize("attn1.*, attn2.to_q, to_out.0", 6, tokens, width, width),
                new ProductSize("attn2.to_k, to_v", 2, WanTransformer.TEXT_TOKENS, width, width),
                new ProductSize("ffn.net.0.proj", 1, tokens, width, wide),
                new ProductSize("ffn.net.2", 1, tokens, wide, width));
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
