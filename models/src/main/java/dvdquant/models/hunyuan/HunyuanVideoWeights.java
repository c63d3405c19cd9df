package dvdquant.models.hunyuan;

import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.Patches;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The weights of a HunyuanVideo transformer. The checkpoint's names stand here, in the {@code load} of each part: that is the walk that
 * lists them ({@link HunyuanVideoConfig#layout}) and that loads them.
 *
 * @param xEmbedder [width, channels · patch]: a convolution whose stride is its size
 * @param contextEmbedder refines the text
 * @param timeTextEmbed makes what all blocks are modulated by
 * @param normOut [2 · width, width]: the modulation before the last projection, scale and shift
 * @param projOut [channels · patch, width]
 */
record HunyuanVideoWeights(Linear xEmbedder, TokenRefiner contextEmbedder, ConditionEmbedder timeTextEmbed,
        List<DualBlock> dualBlocks, List<SingleBlock> singleBlocks, Linear normOut, Linear projOut) {
    static HunyuanVideoWeights load(LayerSource layers, HunyuanVideoConfig config) {
        int width = config.width();
        Patches patches = config.patches();
        return new HunyuanVideoWeights(
                layers.patches("x_embedder.proj", width, config.channels(), patches.frames(), patches.rows(),
                        patches.columns()),
                TokenRefiner.load(layers, "context_embedder.", config),
                ConditionEmbedder.load(layers, "time_text_embed.", config),
                IntStream.range(0, config.dualBlocks()).mapToObj(i -> DualBlock.load(layers, i, config)).toList(),
                IntStream.range(0, config.singleBlocks()).mapToObj(i -> SingleBlock.load(layers, i, config)).toList(),
                layers.linear("norm_out.linear", 2L * width, width),
                layers.linear("proj_out", (long) config.channels() * patches.volume(), width));
    }
}
