package dvdquant.models.hunyuan;

import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.LinearInput;
import dvdquant.models.nn.Modulation;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A dual-stream block: image and text attend to each other, and have layers of their own for all else.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/transformers/transformer_hunyuan_video.py">
 *      diffusers, HunyuanVideoTransformerBlock</a>
 */
record DualBlock(StreamLayers image, StreamLayers text, int heads) {
    static DualBlock load(LayerSource layers, int index, HunyuanVideoConfig config) {
        String name = "transformer_blocks." + index + ".";
        return new DualBlock(StreamLayers.ofImage(layers, name, config), StreamLayers.ofText(layers, name, config),
                config.heads());
    }

    /**
     * @param condition [1, width]: what the block is modulated by, after SiLU
     * @param rotary of the image's tokens
     */
    Streams forward(Streams streams, Tensor condition, Rotary rotary, Compute compute) {
        Tensor ofImage = image.modulation(condition, compute);
        Tensor ofText = text.modulation(condition, compute);
        return TensorScope.fold(streams, List.<UnaryOperator<Streams>>of(
                // 1. Attention over both: x + gate · attention(norm(x) · gain + shift)
                x -> attention(x, Modulation.of(ofImage, 0), Modulation.of(ofText, 0), rotary, compute),
                // 2. Feed-forward of each: x + gate · down(gelu(up(norm(x) · gain + shift)))
                x -> new Streams(image.feedForward(x.image(), Modulation.of(ofImage, 1), compute),
                        text.feedForward(x.text(), Modulation.of(ofText, 1), compute))),
                (x, part) -> part.apply(x), Streams::tensors);
    }

    private Streams attention(Streams x, Modulation ofImage, Modulation ofText, Rotary rotary, Compute compute) {
        Tensor attended = attended(StreamLayers.normed(x.image(), ofImage, compute),
                StreamLayers.normed(x.text(), ofText, compute), rotary);
        long tokens = x.image().dim(0);
        LinearInput seenByImage = LinearInput.of(attended.narrow(0, 0, tokens), compute);
        LinearInput seenByText = LinearInput.of(attended.narrow(0, tokens, x.text().dim(0)), compute);
        return new Streams(image.toOut().addTo(x.image(), seenByImage, ofImage.gate()),
                text.toOut().addTo(x.text(), seenByText, ofText.gate()));
    }

    /** [tokens of both, width]: the image's, then the text's. */
    private Tensor attended(LinearInput ofImage, LinearInput ofText, Rotary rotary) {
        try (var scope = TensorScope.open()) { // queries, keys and values are gone before the result is there
            return scope.keep(ofImage.compute().kernels().attention(
                    List.of(image.attention(ofImage, rotary), text.attention(ofText, null)), heads,
                    HunyuanVideoConfig.EPS));
        }
    }
}
