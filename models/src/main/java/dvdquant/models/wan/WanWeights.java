package dvdquant.models.wan;

import dvdquant.core.format.Shape;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.TimestepEmbedder;
import dvdquant.tensor.Tensor;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The weights of a Wan transformer. The checkpoint's names stand here, in the {@code load} of each part: that is the walk that lists
 * them ({@link WanConfig#layout}) and that loads them.
 *
 * @param patchEmbedding [width, channels · patch]: a convolution whose stride is its size
 * @param timeProjection [6 · width, width]
 * @param textEmbedder1 [width, textWidth]
 * @param textEmbedder2 [width, width]
 * @param imageEmbedder of a model whose blocks attend to an image
 * @param projOut [patch · channels, width]
 * @param scaleShiftTable [2, width], F32
 */
record WanWeights(Linear patchEmbedding, TimestepEmbedder timeEmbedder, Linear timeProjection, Linear textEmbedder1,
        Linear textEmbedder2, Optional<ImageEmbedder> imageEmbedder, List<WanBlock> blocks, Linear projOut,
        Tensor scaleShiftTable) {
    static WanWeights load(LayerSource layers, WanConfig config) {
        int width = config.width();
        String embedder = "condition_embedder.";
        return new WanWeights(
                layers.patches("patch_embedding", width, config.inChannels(), config.patch().get(0),
                        config.patch().get(1), config.patch().get(2)),
                TimestepEmbedder.load(layers, embedder + "time_embedder.", config.frequencies(), width),
                layers.linear(embedder + "time_proj", 6L * width, width),
                layers.linear(embedder + "text_embedder.linear_1", width, config.textWidth()),
                layers.linear(embedder + "text_embedder.linear_2", width, width),
                config.imageEmbedder()
                        .map(image -> ImageEmbedder.load(layers, embedder + "image_embedder.", image, width)),
                IntStream.range(0, config.layers()).mapToObj(i -> WanBlock.load(layers, i, config)).toList(),
                layers.linear("proj_out", (long) config.outChannels() * config.patches().volume(), width),
                layers.precise("scale_shift_table", Shape.of(2, width), 1, 2, width));
    }
}
