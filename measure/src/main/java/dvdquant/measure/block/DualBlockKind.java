package dvdquant.measure.block;

import dvdquant.models.hunyuan.DualBlock;
import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.nn.LayerSource;

/** HunyuanVideo's dual-stream blocks. */
record DualBlockKind(HunyuanVideoConfig config) implements HunyuanVideoBlockKind<DualBlock> {
    @Override
    public String name() {
        return "dual block";
    }

    @Override
    public int count() {
        return config.dualBlocks();
    }

    @Override
    public DualBlock load(LayerSource layers) {
        return DualBlock.load(layers, 0, config);
    }

    @Override
    public long tokens(String linear, long ofVideo) {
        return linear.contains("add_") || linear.contains("ff_context") ? textTokens() : ofVideo;
    }

    @Override
    public DualBlockInput input(RandomLayers random, int tokens) {
        return new DualBlockInput(HunyuanVideoInput.of(config, random, tokens));
    }
}
