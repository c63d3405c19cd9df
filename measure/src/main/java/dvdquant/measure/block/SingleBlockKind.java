package dvdquant.measure.block;

import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.hunyuan.SingleBlock;
import dvdquant.models.nn.LayerSource;

/** HunyuanVideo's single-stream blocks. */
record SingleBlockKind(HunyuanVideoConfig config) implements HunyuanVideoBlockKind<SingleBlock> {
    @Override
    public String name() {
        return "single block";
    }

    @Override
    public int count() {
        return config.singleBlocks();
    }

    @Override
    public SingleBlock load(LayerSource layers) {
        return SingleBlock.load(layers, 0, config);
    }

    @Override
    public long tokens(String linear, long ofVideo) {
        return ofVideo + textTokens();
    }

    @Override
    public SingleBlockInput input(RandomLayers random, int tokens) {
        return new SingleBlockInput(HunyuanVideoInput.of(config, random, tokens));
    }
}
