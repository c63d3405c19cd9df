package dvdquant.models.wan;

import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.tensor.Kernels.QueryKeyNorm;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.Optional;

/**
 * Attention of a block, over the tokens themselves or over text and image.
 *
 * @param toQ [width, width], as toK, toV and toOut
 * @param normQ [width], F32: RMSNorm across the heads, as normK
 * @param added of a cross-attention to an image too
 */
public record WanAttention(Linear toQ, Linear toK, Linear toV, Linear toOut, Tensor normQ, Tensor normK,
        Optional<AddedKeys> added, int heads, double eps) {
    /**
     * What a cross-attention to the text has besides, to attend to an image with the same queries.
     *
     * @param addKProj [width, width], as addVProj
     * @param normAddedK [width], F32: RMSNorm across the heads
     */
    public record AddedKeys(Linear addKProj, Linear addVProj, Tensor normAddedK) {
        private static AddedKeys load(LayerSource layers, String attention, int width) {
            return new AddedKeys(layers.linear(attention + "add_k_proj", width, width),
                    layers.linear(attention + "add_v_proj", width, width),
                    layers.precise(attention + "norm_added_k.weight", width));
        }
    }

    static WanAttention ofTokens(LayerSource layers, String name, WanConfig config) {
        return load(layers, name, config, Optional.empty());
    }

    static WanAttention ofContext(LayerSource layers, String name, WanConfig config) {
        return load(layers, name, config,
                config.imageEmbedder().map(_ -> AddedKeys.load(layers, name, config.width())));
    }

    private static WanAttention load(LayerSource layers, String name, WanConfig config, Optional<AddedKeys> added) {
        int width = config.width();
        return new WanAttention(layers.linear(name + "to_q", width, width), layers.linear(name + "to_k", width, width),
                layers.linear(name + "to_v", width, width), layers.linear(name + "to_out.0", width, width),
                layers.precise(name + "norm_q.weight", width), layers.precise(name + "norm_k.weight", width), added,
                config.heads(), config.eps());
    }

    /**
     * residual + gate · attention of tokens over themselves.
     *
     * @param residual [tokens, width]
     * @param x [tokens, width]
     * @param rotary of the tokens
     * @param modulation of the tokens
     * @return [tokens, width]
     */
    Tensor addTo(Tensor residual, LinearInput x, Rotary rotary, ModulatedTokens modulation) {
        return modulation.addTo(residual, toOut, attended(x, rotary));
    }

    private LinearInput attended(LinearInput x, Rotary rotary) {
        try (var scope = TensorScope.open()) { // queries, keys and values are gone before the result is there
            return LinearInput.of(scope.keep(attention(x.compute(), toQ.forward(x), toK.forward(x), toV.forward(x),
                    new QueryKeyNorm(normQ, normK, rotary, eps))), x.compute());
        }
    }

    /**
     * residual + attention of tokens over a text and, added to that, over an image; neither has positions.
     *
     * @param residual [tokens, width]
     * @param x [tokens, width]
     * @return [tokens, width]
     */
    Tensor addTo(Tensor residual, LinearInput x, WanContext context) {
        return toOut.addTo(residual, attended(x, context), null);
    }

    private LinearInput attended(LinearInput x, WanContext context) {
        Compute compute = x.compute();
        try (var scope = TensorScope.open()) {
            Tensor query = toQ.forward(x);
            Tensor attended = overText(query, LinearInput.of(context.text(), compute));
            added.ifPresent(keys -> attended.addInPlace(
                    overImage(query, LinearInput.of(context.image().orElseThrow(), compute), keys)));
            return LinearInput.of(scope.keep(attended), compute);
        }
    }

    private Tensor overText(Tensor query, LinearInput text) {
        return attention(text.compute(), query, toK.forward(text), toV.forward(text),
                new QueryKeyNorm(normQ, normK, null, eps));
    }

    private Tensor overImage(Tensor query, LinearInput image, AddedKeys keys) {
        return attention(image.compute(), query, keys.addKProj().forward(image), keys.addVProj().forward(image),
                new QueryKeyNorm(normQ, keys.normAddedK(), null, eps));
    }

    private Tensor attention(Compute compute, Tensor query, Tensor key, Tensor value, QueryKeyNorm norm) {
        return compute.kernels().attention(query, key, value, heads, norm);
    }
}
