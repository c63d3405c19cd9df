package dvdquant.models.wan;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;

import java.util.List;
import java.util.Optional;

/**
 * What is made of Wan and is not supported here. Each has a transformer of its own, under a class of its own or under Wan's with keys that Wan's does
 * not have.
 */
enum WanVariants {
    VACE("Wan VACE, which makes clips of other clips, masks and pictures", "WanVACE.*", List.of("vace_")),
    ANIMATE("Wan Animate, which moves a character as in another clip", "WanAnimate.*",
            List.of("motion_", "face_encoder_", "inject_face_")),
    S2V("Wan S2V, which makes clips of a picture and speech", "Wan(S2V|SpeechToVideo).*",
            List.of("audio_", "num_audio_", "cond_dim")),
    FUN("Wan Fun, which is controlled by other clips or a camera", "Wan.*Fun.*|WanControl.*",
            List.of("add_control_adapter", "in_dim_control_adapter", "add_ref_conv", "in_dim_ref_conv")),
    VIDEO("Wan's video to video, which begins with a clip", "WanVideoToVideo.*", List.of());

    private final String text;
    private final String classes;
    private final List<String> keys;

    /**
     * @param text what it is, for people
     * @param classes a regular expression of its classes
     * @param keys beginnings of those in its transformer's configuration
     */
    WanVariants(String text, String classes, List<String> keys) {
        this.text = text;
        this.classes = classes;
        this.keys = keys;
    }

    /** What the models are that have this class. */
    static Optional<String> ofClass(String className) {
        for (WanVariants variant : values()) {
            if (className.matches(variant.classes)) return Optional.of(variant.text);
        }
        return Optional.empty();
    }

    /** @throws InputException if a transformer is one of these, by its {@code config.json} */
    static void refuse(JsonFile transformer) {
        for (String key : transformer.keys()) {
            if (!transformer.has(key) || transformer.json(key).equals("false")) continue;
            for (WanVariants variant : values()) {
                if (variant.keys.stream().noneMatch(key::startsWith)) continue;
                throw new InputException(transformer.path() + ": \"" + key + "\" is a key of " + variant.text
                        + ", which is not supported, expected a Wan transformer of text or pictures");
            }
        }
    }
}
