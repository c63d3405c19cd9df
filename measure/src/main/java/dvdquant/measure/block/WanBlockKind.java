package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.wan.ImageEmbedderConfig;
import dvdquant.models.wan.RotaryPositions;
import dvdquant.models.wan.WanBlock;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanContext;
import dvdquant.models.wan.WanTransformer;
import dvdquant.tensor.Tensor;

import java.util.Optional;

/** The blocks of a Wan transformer. */
record WanBlockKind(WanConfig config) implements BlockKind<WanBlock> {
    private static final int GRID = 64;

    @Override
    public String name() {
        return "block";
    }

    @Override
    public int count() {
        return config.layers();
    }

    @Override
    public long textTokens() {
        return WanTransformer.TEXT_TOKENS;
    }

    @Override
    public long imageTokens() {
        return config.imageEmbedder().map(ImageEmbedderConfig::tokens).orElse(0);
    }

    @Override
    public WanBlock load(LayerSource layers) {
        return WanBlock.load(layers, 0, config);
    }

    @Override
    public long rows(String linear, long tokens) {
        if (linear.contains("attn2.add_")) return imageTokens();
        return linear.contains("attn2.to_k") || linear.contains("attn2.to_v") ? textTokens() : tokens;
    }

    @Override
    public double attentionFlops(long tokens) {
        return SingleKernels.attentionFlops(tokens, tokens + textTokens() + imageTokens(), config.width());
    }

    @Override
    public boolean isQuantized(String linear) {
        return true;
    }

    private Optional<Tensor> image(RandomLayers random) {
        return config.imageEmbedder()
                .map(_ -> random.tensor("image", 1, random.type(), imageTokens(), config.width()));
    }

    @Override
    public WanBlockInput input(RandomLayers random, int tokens) {
        long width = config.width();
        return new WanBlockInput(config, random.tensor("hidden", 1, random.type(), tokens, width),
                new WanContext(random.tensor("text", 1, random.type(), textTokens(), width), image(random)),
                random.tensor("time", 1, ElementType.F32, 6, width), // gates that let through what there is to compare
                SingleKernels.rotary(RotaryPositions.of(config, Math.ceilDiv(tokens, GRID * GRID), GRID, GRID), tokens,
                        random.device()));
    }
}
