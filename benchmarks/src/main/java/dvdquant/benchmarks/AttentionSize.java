package dvdquant.benchmarks;

import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanTransformer;

import java.util.List;

/**
 * An attention: [tokens, heads · headSize] over [keys, heads · headSize].
 *
 * @param name for people
 */
public record AttentionSize(String name, long tokens, long keys, int heads, int headSize) {
    /** Those of a block, over its own tokens and over the text. */
    public static List<AttentionSize> ofBlock(WanConfig config, int tokens) {
        return List.of(new AttentionSize("self-attention", tokens, tokens, config.heads(), config.headSize()),
                new AttentionSize("cross-attention", tokens, WanTransformer.TEXT_TOKENS, config.heads(),
                        config.headSize()));
    }

    long width() {
        return (long) heads * headSize;
    }

    /** Operations of both products, a multiplication and an addition counted as two. */
    double flops() {
        return 4.0 * tokens * keys * width();
    }

    String shape() {
        return tokens + " × " + keys + ", " + heads + " heads";
    }
}
