package dvdquant.models.hunyuan;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.TimestepEmbedder;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Turns a language model's states of a text's tokens, which know what came before them only, into ones that know the whole text and the
 * time. Without padding: the reference hides it from the tokens.
 *
 * @param projIn [width, textWidth]
 * @param textEmbedder of the tokens' mean
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/transformers/transformer_hunyuan_video.py">
 *      diffusers, HunyuanVideoTokenRefiner</a>
 */
record TokenRefiner(Linear projIn, TimestepEmbedder timestepEmbedder, TextProjection textEmbedder,
        List<RefinerBlock> blocks) {
    static TokenRefiner load(LayerSource layers, String name, HunyuanVideoConfig config) {
        int width = config.width();
        String embedder = name + "time_text_embed.";
        return new TokenRefiner(layers.linear(name + "proj_in", width, config.textWidth()),
                TimestepEmbedder.load(layers, embedder + "timestep_embedder.", ConditionEmbedder.FREQUENCIES, width),
                TextProjection.load(layers, embedder + "text_embedder.", config.textWidth(), width),
                IntStream.range(0, config.refinerBlocks())
                        .mapToObj(i -> RefinerBlock.load(layers, name + "token_refiner.refiner_blocks." + i + ".",
                                config))
                        .toList());
    }

    /** What of a text is the same at all times. */
    record Projected(Tensor tokens, Tensor mean) {}

    /**
     * @param states [tokens, textWidth], F32
     * @param type to compute in
     * @return tokens [tokens, width], and their mean's embedding [1, width], F32
     */
    Projected project(Tensor states, ElementType type, Compute compute) {
        return new Projected(projIn.forward(states.to(type), compute),
                textEmbedder.forward(states.mean(0, true), compute));
    }

    /** @return [tokens, width] */
    Tensor forward(Projected text, double timestep, Compute compute) {
        Tensor condition = timestepEmbedder.forward(timestep, compute).add(text.mean).silu().to(text.tokens.type());
        return TensorScope.fold(text.tokens, blocks, (x, block) -> block.forward(x, condition, compute));
    }
}
