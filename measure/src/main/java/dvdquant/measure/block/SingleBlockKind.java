package dvdquant.measure.block;

import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.hunyuan.SingleBlock;
import dvdquant.models.nn.LayerSource;

/** HunyuanVideo's single-stream blocks. */
record SingleBlockKind(HunyuanVideoConfig config) implements BlockKind<SingleBlock> {
    @Override
    public String name() {
        return "single block";
    }

    @Override
    public int count() {
        return config.singleBlocks();
    }

    @Override
    public long textTokens() {
        return HunyuanVideoConfig.TEXT_TOKENS;
    }

    @Override
    public SingleBlock load(LayerSource layers) {
        return SingleBlock.load(layers, 0, config);
    }

    @Override
    public long rows(String linear, long tokens) {
        if (HunyuanVideoInput.isModulation(linear)) return 1;
        return tokens + textTokens();
    }

    @Override
    public double attentionFlops(long tokens) {
        return HunyuanVideoInput.attentionFlops(config, tokens);
    }

    @Override
    public boolean isQuantized(String linear) {
        return !HunyuanVideoInput.isModulation(linear);
    }

    @Override
    public SingleBlockInput input(RandomLayers random, int tokens) {
        return new SingleBlockInput(HunyuanVideoInput.of(config, random, tokens));
    }
}
