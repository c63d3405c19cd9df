package dvdquant.models.diffusion;

import dvdquant.core.json.JsonFile;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.vae.AutoencoderModel;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A family of models: all that the rest need know of it. What a single model of it is like, {@link DiffusionModel} says.
 * {@code Pipelines} lists the families.
 */
public interface ModelFamily {
    /** What people call it, as {@code Wan2.1}. */
    String name();

    /** {@code _class_name} of {@code model_index.json}. */
    String pipelineClass();

    /** By name, in alphabetic order. */
    List<Component> components();

    /**
     * What a model's clips are like where it does not say itself.
     *
     * @param folder of the model; its index and its autoencoder are there, other parts may be missing
     */
    GenerationDefaults defaults(Path folder);

    /**
     * What models are, for people, that are made of the family's and that this program does not know.
     *
     * @param className of a pipeline or a transformer, in a configuration
     * @return as {@code Wan VACE}; empty if the name says nothing
     */
    default Optional<String> variant(String className) {
        return Optional.empty();
    }

    /**
     * Refuses what the family has and this program has not.
     *
     * @throws dvdquant.core.InputException naming what is not supported
     */
    void check(JsonFile modelIndex);

    /**
     * Reads the configurations of a model; no weights.
     *
     * @param folder with {@link #components}
     * @throws dvdquant.core.InputException if one is of no model of the family
     */
    DiffusionModel read(Path folder);

    /**
     * Reads the configuration of a model's autoencoder, which is all that decoding needs.
     *
     * @param folder of the model
     * @throws dvdquant.core.InputException if it is of another family
     */
    AutoencoderModel autoencoder(Path folder);

    /** @throws IllegalArgumentException if there is none of this name */
    default Component component(String name) {
        return components().stream().filter(component -> component.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(name() + " has no component '" + name + "'"));
    }

    /**
     * What the text encoders are given of a prompt: the text as it is, unless the family's pipeline cleans it.
     *
     * @param prompt as a user wrote it
     * @return by which prompts that make the same clip are told
     */
    default String cleaned(String prompt) {
        return prompt;
    }

    /** The components that predict the flow and that a model has. */
    default List<Component> transformers(Path model) {
        return components().stream().filter(component -> component.kind() == Component.Kind.TRANSFORMER)
                .filter(component -> component.isIn(model)).toList();
    }

    /** The name of the autoencoder's component. */
    default String autoencoder() {
        return components().stream().filter(component -> component.kind() == Component.Kind.AUTOENCODER).findFirst()
                .orElseThrow().name();
    }
}
