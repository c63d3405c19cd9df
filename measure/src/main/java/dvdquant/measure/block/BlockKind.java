package dvdquant.measure.block;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.wan.WanConfig;

import java.util.List;

/**
 * A kind of block that a transformer has: what a benchmark must know of it.
 *
 * @param <B> the block's weights
 */
public interface BlockKind<B> {
    /**
     * Those of a transformer, in the order of its forward.
     *
     * @throws IllegalArgumentException if nobody has written down how libtorch would run the family's blocks
     */
    static List<BlockKind<?>> of(TransformerSizes transformer) {
        return switch (transformer) {
            case WanConfig wan -> List.of(new WanBlockKind(wan));
            case HunyuanVideoConfig hunyuan -> List.of(new DualBlockKind(hunyuan), new SingleBlockKind(hunyuan));
            default -> throw new IllegalArgumentException("blocks of " + transformer);
        };
    }

    /** What people call it: {@code dual block}. */
    String name();

    /** How many the transformer has. */
    int count();

    /** Tokens of the text that the block sees. */
    long textTokens();

    /** Tokens of pictures that it sees. */
    default long imageTokens() {
        return 0;
    }

    /** The first of them. */
    B load(LayerSource layers);

    /**
     * Tokens that go through a linear.
     *
     * @param tokens of the video
     */
    long rows(String linear, long tokens);

    /** Operations of the block's attention. */
    double attentionFlops(long tokens);

    /** Whether {@code quantize} quantizes a linear's input too. */
    boolean isQuantized(String linear);

    /** Random input, in the caller's scope. */
    BlockInput<B> input(RandomLayers random, int tokens);

    /** Operations of the block's linears and its attention; the rest counts as nothing. */
    default double flops(long tokens) {
        var layout = new TensorLayout();
        load(new LayerSource.Listed(layout));
        return attentionFlops(tokens) + layout.shapes().entrySet().stream()
                .filter(tensor -> tensor.getValue().rank() == 2)
                .mapToDouble(tensor -> 2.0 * rows(tensor.getKey(), tokens) * tensor.getValue().elements()).sum();
    }
}
