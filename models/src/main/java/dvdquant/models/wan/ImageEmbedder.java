package dvdquant.models.wan;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerNorm;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.tensor.Tensor;

import java.util.OptionalInt;

/**
 * Brings the states of an image encoder to the transformer's width.
 *
 * @param positions [tokens, imageWidth], F32: what tells the tokens of two pictures apart; null of a model of one
 * @param norm1 [imageWidth]
 * @param up [imageWidth, imageWidth]
 * @param down [width, imageWidth]
 * @param norm2 [width]
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/transformers/transformer_wan.py">diffusers,
 *      WanImageEmbedding</a>
 */
record ImageEmbedder(Tensor positions, LayerNorm norm1, Linear up, Linear down, LayerNorm norm2) {
    /** Not the transformer's: torch's default. */
    private static final double EPS = 1e-5;

    /** @param name with its dot */
    static ImageEmbedder load(LayerSource layers, String name, ImageEmbedderConfig config, int width) {
        return new ImageEmbedder(positions(layers, name, config),
                LayerNorm.load(layers, name + "norm1", config.width()),
                layers.linear(name + "ff.net.0.proj", config.width(), config.width()),
                layers.linear(name + "ff.net.2", width, config.width()),
                LayerNorm.load(layers, name + "norm2", width));
    }

    private static Tensor positions(LayerSource layers, String name, ImageEmbedderConfig config) {
        OptionalInt tokens = config.positions();
        if (tokens.isEmpty()) return null;
        return layers.precise(name + "pos_embed", Shape.of(tokens.getAsInt(), config.width()), 1, tokens.getAsInt(),
                config.width());
    }

    /**
     * @param states [tokens, imageWidth], F32, of all pictures
     * @return [tokens, width]
     */
    Tensor forward(Tensor states, ElementType type, Compute compute) {
        Tensor placed = (positions == null ? states : states.add(positions)).to(type);
        Tensor inner = up.forward(norm1.of(placed, EPS, compute)).geluExact();
        return norm2.of(down.forward(inner, compute), EPS, compute).values();
    }
}
