package dvdquant.models.encoder;

import dvdquant.core.json.JsonFile;

import java.util.List;

/**
 * Sizes of CLIP's layers, of a text model's as of a vision model's.
 *
 * @param width {@code hidden_size}
 * @param heads {@code num_attention_heads}
 * @param feedForward {@code intermediate_size}
 * @param layers {@code num_hidden_layers}
 * @param quick {@code hidden_act}: GELU by the logistic function, in place of the exact one
 * @param eps {@code layer_norm_eps}
 * @param causal whether a token sees those before it alone, as a text's do
 */
public record ClipEncoderConfig(int width, int heads, int feedForward, int layers, boolean quick, double eps,
        boolean causal) {
    /** @throws dvdquant.core.InputException if there are no such layers */
    public static ClipEncoderConfig of(JsonFile config, boolean causal) {
        String activation = config.text("hidden_act", "quick_gelu");
        if (!List.of("quick_gelu", "gelu").contains(activation)) {
            throw config.unexpected("hidden_act", "\"quick_gelu\" or \"gelu\": no other is supported");
        }
        int width = config.size("hidden_size");
        int heads = config.size("num_attention_heads");
        if (width % heads != 0) throw config.unexpected("num_attention_heads", "a divisor of hidden_size " + width);
        return new ClipEncoderConfig(width, heads, config.size("intermediate_size"), config.size("num_hidden_layers"),
                activation.equals("quick_gelu"), config.number("layer_norm_eps", 1e-5), causal);
    }

    /** Bytes of a layer, in the type to compute in. */
    public long layerBytes(int bytesAWeight) {
        return (4L * width + 2L * feedForward) * width * bytesAWeight;
    }
}
