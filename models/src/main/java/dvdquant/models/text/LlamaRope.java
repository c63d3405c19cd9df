package dvdquant.models.text;

import dvdquant.core.json.JsonFile;
import dvdquant.tensor.Device;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;

import java.util.Optional;

/**
 * Rotary embeddings of a text's positions: pair i of a head's channels turns by position · theta^(−2i/channels), or, with a scaling, slower
 * where that is slow.
 *
 * @param theta {@code rope_theta}
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/modeling_rope_utils.py">transformers,
 *      modeling_rope_utils</a>
 */
record LlamaRope(double theta, Optional<Scaling> scaling) {
    private static final double DEFAULT_THETA = 10_000;

    /**
     * That of Llama 3.1 for longer texts: waves that are longer than what the model was trained on at first are {@code factor} times as long,
     * short ones as they are, and between the two it passes over.
     *
     * @param trained {@code original_max_position_embeddings}
     */
    record Scaling(double factor, double low, double high, int trained) {
        static Scaling read(JsonFile config) {
            return new Scaling(config.number("factor"), config.number("low_freq_factor"),
                    config.number("high_freq_factor"), config.size("original_max_position_embeddings"));
        }

        double scaled(double frequency) {
            double waves = trained * frequency / (2 * Math.PI); // in the length that the model was trained on
            double kept = Math.clamp((waves - low) / (high - low), 0, 1);
            return kept * frequency + (1 - kept) * frequency / factor;
        }
    }

    /**
     * Of a model's configuration: {@code rope_theta} and {@code rope_scaling}, or {@code rope_parameters}, which has both.
     *
     * @throws dvdquant.core.InputException if the scaling is another than none or Llama 3's
     */
    static LlamaRope read(JsonFile config) {
        JsonFile parameters = config.has("rope_parameters") ? config.object("rope_parameters") : config;
        double theta = parameters.number("rope_theta", config.number("rope_theta", DEFAULT_THETA));
        if (config.has("rope_parameters")) return new LlamaRope(theta, scaling(parameters));
        return new LlamaRope(theta,
                config.has("rope_scaling") ? scaling(config.object("rope_scaling")) : Optional.empty());
    }

    private static Optional<Scaling> scaling(JsonFile parameters) {
        String key = parameters.has("rope_type") ? "rope_type" : "type";
        return switch (parameters.text(key, "default")) {
            case "default" -> Optional.empty();
            case "llama3" -> Optional.of(Scaling.read(parameters));
            default -> throw parameters.unexpected(key, "\"default\" or \"llama3\": no other scaling is supported");
        };
    }

    /** In F32, as the reference computes them. */
    private float frequency(int pair, int headSize) {
        float frequency = (float) (1 / Math.pow(theta, 2.0 * pair / headSize));
        return scaling.map(by -> (float) by.scaled(frequency)).orElse(frequency);
    }

    /** Tables of [tokens, headSize] on a device, in the caller's scope. */
    Rotary tables(int tokens, int headSize, Device device) {
        var cos = new float[tokens * headSize];
        var sin = new float[cos.length];
        for (int pair = 0; pair < headSize / 2; pair++) {
            float frequency = frequency(pair, headSize);
            for (int token = 0; token < tokens; token++) {
                double angle = token * frequency;
                int at = token * headSize + 2 * pair;
                cos[at] = cos[at + 1] = (float) Math.cos(angle);
                sin[at + 1] = (float) Math.sin(angle);
                sin[at] = -sin[at + 1];
            }
        }
        return new Rotary(Tensor.ofFloats(cos, tokens, headSize).to(device),
                Tensor.ofFloats(sin, tokens, headSize).to(device));
    }
}
