package dvdquant.models.hunyuan;

import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;
import dvdquant.models.diffusion.DiffusionTransformer.Step;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.TimestepEmbedder;
import dvdquant.tensor.Tensor;

/**
 * What all blocks are modulated by: the embeddings of time, guidance and pooled text, added up; in F32.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/transformers/transformer_hunyuan_video.py">
 *      diffusers, HunyuanVideoConditionEmbedding</a>
 */
record ConditionEmbedder(TimestepEmbedder timestepEmbedder, TimestepEmbedder guidanceEmbedder,
        TextProjection textEmbedder) {
    /** Sinusoids of a time; it stands in the model's source, not in its configuration. */
    static final int FREQUENCIES = 256;
    private static final float GUIDANCE_SCALE = 1000;

    static ConditionEmbedder load(LayerSource layers, String name, HunyuanVideoConfig config) {
        int width = config.width();
        return new ConditionEmbedder(TimestepEmbedder.load(layers, name + "timestep_embedder.", FREQUENCIES, width),
                TimestepEmbedder.load(layers, name + "guidance_embedder.", FREQUENCIES, width),
                TextProjection.load(layers, name + "text_embedder.", config.pooledWidth(), width));
    }

    /**
     * @param pooled [1, width], F32: of {@link #textEmbedder}
     * @param type that the model computes in
     * @return [1, width], F32
     */
    Tensor forward(Step step, Tensor pooled, ElementType type, Compute compute) {
        double guidance = step.guidance().orElseThrow(
                () -> new IllegalArgumentException("no guidance, which this model takes as an input"));
        return timestepEmbedder.forward(step.timestep(), compute)
                .add(guidanceEmbedder.forward(fed(guidance, type), compute)).add(pooled);
    }

    /** The guidance as the model was trained to see it: times 1000 in the model's own type, where 6 is fed as 6016 in BF16. */
    static double fed(double guidance, ElementType type) {
        return rounded(rounded((float) guidance, type) * GUIDANCE_SCALE, type);
    }

    private static float rounded(float value, ElementType type) {
        return type == ElementType.BF16 ? BFloat16.toFloat(BFloat16.fromFloat(value)) : value;
    }
}
