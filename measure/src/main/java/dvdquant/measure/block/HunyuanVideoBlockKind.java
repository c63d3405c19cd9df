package dvdquant.measure.block;

import dvdquant.models.hunyuan.HunyuanVideoConfig;

/** What HunyuanVideo's kinds of blocks have in common: image and text in one attention, and layers that modulate. */
interface HunyuanVideoBlockKind<B> extends BlockKind<B> {
    HunyuanVideoConfig config();

    /** As {@link #rows}, of the layers that see tokens. */
    long tokens(String linear, long ofVideo);

    @Override
    default long textTokens() {
        return HunyuanVideoConfig.TEXT_TOKENS;
    }

    @Override
    default long rows(String linear, long tokens) {
        return isQuantized(linear) ? tokens(linear, tokens) : 1;
    }

    @Override
    default double attentionFlops(long tokens) {
        long both = tokens + textTokens();
        return SingleKernels.attentionFlops(both, both, config().width());
    }

    /** Not the layers of the modulation, which see one token: their inputs stay as they are. */
    @Override
    default boolean isQuantized(String linear) {
        return !linear.contains(".norm");
    }
}
