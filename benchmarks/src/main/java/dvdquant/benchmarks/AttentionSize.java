package dvdquant.benchmarks;

import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanTransformer;

import java.util.ArrayList;
import java.util.List;

/**
 * An attention: [tokens, heads · headSize] over [keys, heads · headSize].
 *
 * @param name for people
 */
public record AttentionSize(String name, long tokens, long keys, int heads, int headSize) {
    /** Those of a model's block, over its own tokens, over the text and, where it sees one, over an image. */
    public static List<AttentionSize> ofBlock(TransformerSizes config, int tokens) {
        return switch (config) {
            case WanConfig wan -> ofBlock(wan, tokens);
            case HunyuanVideoConfig hunyuan -> {
                long both = tokens + HunyuanVideoConfig.TEXT_TOKENS;
                yield List.of(new AttentionSize("attention of both", both, both, hunyuan.heads(), hunyuan.headSize()));
            }
            default -> throw new IllegalArgumentException("blocks of " + config);
        };
    }

    private static List<AttentionSize> ofBlock(WanConfig config, int tokens) {
        var sizes = new ArrayList<>(List.of(
                new AttentionSize("self-attention", tokens, tokens, config.heads(), config.headSize()),
                new AttentionSize("cross-attention", tokens, WanTransformer.TEXT_TOKENS, config.heads(),
                        config.headSize())));
        config.imageEmbedder().ifPresent(embedder -> sizes.add(new AttentionSize("cross-attention to an image", tokens,
                embedder.tokens(), config.heads(), config.headSize())));
        return sizes;
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
