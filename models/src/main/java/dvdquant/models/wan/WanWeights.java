package dvdquant.models.wan;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.Linear;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The weights of a Wan transformer; the checkpoint's names stand here and in {@link WanConfig#layout} only.
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
    static WanWeights load(WeightLoader weights, WanConfig config, ElementType type, Kernels kernels) {
        Tensor patch = weights.get("patch_embedding.weight", type).reshape(config.width(),
                (long) config.inChannels() * config.patchVolume());
        String embedder = "condition_embedder.";
        return new WanWeights(new Linear.Dense(patch, weights.get("patch_embedding.bias", type)),
                TimeEmbedder.load(weights, embedder + "time_embedder.", config.frequencies(), kernels),
                Linear.load(weights, embedder + "time_proj", type, kernels),
                Linear.load(weights, embedder + "text_embedder.linear_1", type, kernels),
                Linear.load(weights, embedder + "text_embedder.linear_2", type, kernels),
                IntStream.range(0, config.layers()).mapToObj(i -> WanBlock.load(weights, i, config, type, kernels))
                        .toList(),
                Linear.load(weights, "proj_out", type, kernels),
                weights.get("scale_shift_table", ElementType.F32).reshape(2, config.width()));
    }
}
