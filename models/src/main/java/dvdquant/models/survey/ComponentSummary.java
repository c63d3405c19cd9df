package dvdquant.models.survey;

import dvdquant.core.json.JsonFile;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A component of a model.
 *
 * @param name its folder
 * @param modelClass {@code _class_name} of its configuration, or the first of its {@code architectures}; empty if unknown
 * @param config the keys that say how large it is
 * @param weights empty for a component without, such as a tokenizer
 * @param quantization empty in full precision
 */
public record ComponentSummary(String name, String modelClass, SequencedMap<String, String> config,
        Optional<WeightSummary> weights, Optional<QuantizedSummary> quantization) {
    private static final List<String> CONFIG_FILES = List.of("config.json", "scheduler_config.json",
            "tokenizer_config.json");
    private static final List<String> CLASS_KEYS = List.of("_class_name", "tokenizer_class", "model_type");
    // The sizes of transformers, text encoders, autoencoders and schedulers, as diffusers and transformers name them.
    private static final List<String> KEYS = List.of("num_attention_heads", "attention_head_dim", "num_layers",
            "ffn_dim", "text_dim", "in_channels", "patch_size", "d_model", "num_heads", "d_kv", "d_ff", "vocab_size",
            "base_dim", "decoder_base_dim", "dim_mult", "num_res_blocks", "z_dim", "flow_shift", "prediction_type");

    static ComponentSummary ofFolder(Path folder) {
        SequencedMap<String, String> keys = new LinkedHashMap<>();
        String modelClass = "";
        for (String name : CONFIG_FILES) {
            if (!Files.exists(folder.resolve(name))) continue;
            JsonFile config = JsonFile.read(folder.resolve(name));
            modelClass = modelClass(config);
            KEYS.stream().filter(config::has).forEach(key -> keys.put(key, config.json(key)));
            break;
        }
        boolean hasWeights = hasWeights(folder);
        Optional<QuantizedSummary> quantization = hasWeights ? QuantizedSummary.ofFolder(folder) : Optional.empty();
        Optional<WeightSummary> weights = hasWeights
                ? Optional.of(WeightSummary.ofFolder(folder, quantization))
                : Optional.empty();
        return new ComponentSummary(folder.toAbsolutePath().normalize().getFileName().toString(), modelClass, keys,
                weights, quantization);
    }

    private static String modelClass(JsonFile config) {
        if (config.has("architectures")) return String.join(", ", config.texts("architectures"));
        return CLASS_KEYS.stream().filter(config::has).map(config::text).findFirst().orElse("");
    }

    static boolean hasWeights(Path folder) {
        return List.of("diffusion_pytorch_model", "model").stream()
                .anyMatch(stem -> Files.exists(folder.resolve(stem + ".safetensors"))
                        || Files.exists(folder.resolve(stem + ".safetensors.index.json")));
    }

    static boolean hasConfig(Path folder) {
        return CONFIG_FILES.stream().anyMatch(name -> Files.exists(folder.resolve(name)));
    }
}
