package dvdquant.models.wan;

import dvdquant.models.nn.LayerLoader;
import dvdquant.models.nn.Linear;
import dvdquant.tensor.Tensor;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The weights of a Wan transformer; the checkpoint's names stand here, in the {@code load} of each part, and in
 * {@link WanConfig#layout}.
 *
 * @param patchEmbedding [width, channels · patch]: a convolution whose stride is its size
 * @param timeProjection [6 · width, width]
 * @param textEmbedder1 [width, textWidth]
 * @param textEmbedder2 [width, width]
 * @param projOut [patch · channels, width]
 * @param scaleShiftTable [2, width], F32
 */
record WanWeights(Linear patchEmbedding, TimeEmbedder timeEmbedder, Linear timeProjection, Linear textEmbedder1,
        Linear textEmbedder2, List<WanBlock> blocks, Linear projOut, Tensor scaleShiftTable) {
    static WanWeights load(LayerLoader layers, WanConfig config) {
        Tensor patch = layers.tensor("patch_embedding.weight").reshape(config.width(),
                (long) config.inChannels() * config.patchVolume());
        String embedder = "condition_embedder.";
        return new WanWeights(
                layers.observed("patch_embedding", new Linear.Dense(patch, layers.tensor("patch_embedding.bias"))),
                TimeEmbedder.load(layers, embedder + "time_embedder.", config.frequencies()),
                layers.linear(embedder + "time_proj"),
                layers.linear(embedder + "text_embedder.linear_1"),
                layers.linear(embedder + "text_embedder.linear_2"),
                IntStream.range(0, config.layers()).mapToObj(i -> WanBlock.load(layers, i, config)).toList(),
                layers.linear("proj_out"), layers.precise("scale_shift_table").reshape(2, config.width()));
    }
}
