package dvdquant.models.diffusion;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quantize.LayerSelection;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/**
 * A part of the models of a family, which has a folder of its name.
 *
 * @param modelClass what diffusers or transformers call it, in {@code model_index.json}
 * @param optional whether there are models without it
 * @param layout of its folder: the tensors that its configuration implies, and an error if that is of another model; empty if it has
 *            no weights
 * @param quantized the layers that are quantized unless a user says otherwise
 * @param modulation a regular expression for the whole names of layers that make the modulation, where they are many of the weights: they read
 *            one row a forward, have weights of their own bits, and stay packed; empty where the modulation is small
 */
public record Component(String name, Kind kind, String modelClass, boolean optional,
        Optional<Function<Path, TensorLayout>> layout, LayerSelection quantized, Optional<String> modulation) {
    /** What is asked of a component. */
    public enum Kind {
        /** Predicts the flow; its layers can be quantized. */
        TRANSFORMER,
        TEXT_ENCODER,
        IMAGE_ENCODER,
        AUTOENCODER,
        /** No weights: a tokenizer, the sampler's settings. */
        OTHER
    }

    /** One that predicts the flow. */
    public static Component transformer(String name, String modelClass, Function<Path, TensorLayout> layout,
            LayerSelection quantized) {
        return new Component(name, Kind.TRANSFORMER, modelClass, false, Optional.of(layout), quantized,
                Optional.empty());
    }

    /** With weights that stay as they are. */
    public static Component of(String name, Kind kind, String modelClass, Function<Path, TensorLayout> layout) {
        return new Component(name, kind, modelClass, false, Optional.of(layout), LayerSelection.of(),
                Optional.empty());
    }

    /** Without weights. */
    public static Component settings(String name, String modelClass) {
        return new Component(name, Kind.OTHER, modelClass, false, Optional.empty(), LayerSelection.of(),
                Optional.empty());
    }

    /** The same in another folder. */
    public Component named(String other) {
        return new Component(other, kind, modelClass, optional, layout, quantized, modulation);
    }

    /** The same, whose modulation is made by layers of these names. */
    public Component withModulation(String layers) {
        return new Component(name, kind, modelClass, optional, layout, quantized, Optional.of(layers));
    }

    /** The same, which some models do not have. */
    public Component orNone() {
        return new Component(name, kind, modelClass, true, layout, quantized, modulation);
    }

    /** Whether a model has it: as its {@code model_index.json} says, or, where that is silent, if there is such a folder. */
    public boolean isIn(Path model) {
        Path index = model.resolve("model_index.json");
        if (Files.exists(index)) {
            JsonFile components = JsonFile.read(index);
            if (components.has(name)) return !components.json(name).equals("[null,null]");
        }
        return Files.isDirectory(model.resolve(name));
    }

    /** @throws dvdquant.core.InputException if the configuration is of no model of the family */
    public TensorLayout layout(Path folder) {
        return layout.orElseThrow(() -> new IllegalArgumentException(name + " has no weights")).apply(folder);
    }
}
