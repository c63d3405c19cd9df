package dvdquant.models.text;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.json.JsonFile;
import dvdquant.models.nn.LayerSource;

import java.nio.file.Path;
import java.util.List;

/**
 * A Llama model's sizes, from {@code text_encoder/config.json}.
 *
 * @param width {@code hidden_size}
 * @param headSize {@code head_dim}, or what the heads share out of the width
 * @param heads {@code num_attention_heads}
 * @param keyHeads {@code num_key_value_heads}, which divide the heads
 * @param feedForward {@code intermediate_size}
 * @param layers {@code num_hidden_layers}
 * @param vocabulary {@code vocab_size}
 * @param eps {@code rms_norm_eps}
 */
public record LlamaConfig(int width, int headSize, int heads, int keyHeads, int feedForward, int layers,
        int vocabulary, double eps, LlamaRope rope) {
    static final String EMBEDDING = "embed_tokens.weight";
    private static final String FINAL_NORM = "norm.weight";
    /** Before all names, where the model with its head was stored. */
    private static final String WITH_HEAD = "model.";

    /** @throws dvdquant.core.InputException if the configuration is not that of a Llama model */
    public static LlamaConfig read(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        if (!config.text("model_type").equals("llama")) {
            throw config.unexpected("model_type", "\"llama\": no other text encoder is supported here");
        }
        if (!config.text("hidden_act", "silu").equals("silu")) {
            throw config.unexpected("hidden_act", "\"silu\": no other is supported");
        }
        for (String bias : List.of("attention_bias", "mlp_bias")) {
            if (config.flag(bias, false)) throw config.unexpected(bias, "false: layers with biases are not supported");
        }
        int heads = config.size("num_attention_heads");
        int width = config.size("hidden_size");
        int keyHeads = config.has("num_key_value_heads") ? config.size("num_key_value_heads") : heads;
        if (heads % keyHeads != 0) {
            throw config.unexpected("num_key_value_heads", "a divisor of the " + heads + " heads");
        }
        int headSize = config.has("head_dim") ? config.size("head_dim") : width / heads;
        if (headSize % 2 != 0) throw config.unexpected("head_dim", "pairs of channels, which the positions turn");
        return new LlamaConfig(width, headSize, heads, keyHeads, config.size("intermediate_size"),
                config.size("num_hidden_layers"), config.size("vocab_size"), config.number("rms_norm_eps", 1e-6),
                LlamaRope.read(config));
    }

    /** The tensors of the model without its head, as transformers names them. */
    public TensorLayout layout() {
        var layout = new TensorLayout().tensor(EMBEDDING, vocabulary, width);
        for (int i = 0; i < layers; i++) {
            LlamaLayer.load(new LayerSource.Listed(layout), this, i, null);
            String frequencies = "layers." + i + ".self_attn.rotary_emb.inv_freq"; // of before transformers 4.32
            layout.mayHave(frequencies).mayHave(WITH_HEAD + frequencies);
        }
        layout.tensor(FINAL_NORM, width).mayHave("lm_head.weight");
        for (String name : List.copyOf(layout.shapes().keySet())) {
            layout.tied(name, WITH_HEAD + name);
        }
        return layout;
    }

    /** Bytes of a layer, in the type to compute in. */
    public long layerBytes(int bytesAWeight) {
        long attention = 2L * (heads + keyHeads) * headSize * width;
        return (attention + 3L * feedForward * width) * bytesAWeight;
    }
}
