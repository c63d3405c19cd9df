package dvdquant.measure.block;

import dvdquant.models.hunyuan.DualBlock;
import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.nn.LayerSource;

/** HunyuanVideo's dual-stream blocks. */
record DualBlockKind(HunyuanVideoConfig config) implements BlockKind<DualBlock> {
    @Override
    public String name() {
        return "dual block";
    }

    @Override
    public int count() {
        return config.dualBlocks();
    }

    @Override
    public long textTokens() {
        return HunyuanVideoConfig.TEXT_TOKENS;
    }

    @Override
    public DualBlock load(LayerSource layers) {
        return DualBlock.load(layers, 0, config);
    }

    @Override
    public long rows(String linear, long tokens) {
        if (HunyuanVideoInput.isModulation(linear)) return 1;
        return linear.contains("add_") || linear.contains("ff_context") ? textTokens() : tokens;
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
    public DualBlockInput input(RandomLayers random, int tokens) {
        return new DualBlockInput(HunyuanVideoInput.of(config, random, tokens));
    }
}
