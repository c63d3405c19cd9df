package dvdquant.models.diffusion;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.diffusion.Component.Kind;
import dvdquant.models.weights.WeightLoader;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A model's files, by their headers.
 *
 * @param transformers by name
 * @param sources of the weights
 * @param eightBitText whether text encoders are quantized as they are loaded
 */
record ModelFiles(SequencedMap<String, ComponentFiles> transformers, List<ComponentFiles> textEncoders,
        TensorSource.Opener sources, boolean eightBitText) {
    /**
     * Reads the headers; the weights of the autoencoder, which is needed last, are looked through.
     *
     * @throws dvdquant.core.InputException if files cannot be read or do not hold what the configurations imply
     */
    static ModelFiles read(Path model, ModelFamily family, TensorSource.Opener sources) {
        var transformers = new LinkedHashMap<String, ComponentFiles>();
        family.transformers(model).forEach(
                component -> transformers.put(component.name(), ComponentFiles.read(model, component, sources)));
        List<ComponentFiles> encoders = read(Kind.TEXT_ENCODER, model, family, sources);
        read(Kind.IMAGE_ENCODER, model, family, sources); // so that what is wrong with it comes out
        verifyAutoencoder(model, family, sources);
        return new ModelFiles(transformers, encoders, sources, false);
    }

    private static List<ComponentFiles> read(Kind kind, Path model, ModelFamily family, TensorSource.Opener sources) {
        return family.components().stream().filter(part -> part.kind() == kind && part.isIn(model))
                .map(part -> ComponentFiles.read(model, part, sources)).toList();
    }

    static void verifyAutoencoder(Path model, ModelFamily family, TensorSource.Opener sources) {
        Path folder = model.resolve(family.autoencoder());
        TensorLayout layout = family.component(family.autoencoder()).layout(folder);
        try (var files = WeightLoader.open(folder, layout, sources)) {
            files.verify();
        }
    }

    ModelFiles withEightBitText(boolean eightBit) {
        return new ModelFiles(transformers, textEncoders, sources, eightBit);
    }

    /** The weights of a transformer. */
    WeightLoader open(String transformer) {
        ComponentFiles component = transformers.get(transformer);
        return WeightLoader.open(component.folder(), component.layout(), sources);
    }

    /** Has the system read a transformer's files, which are needed soon. */
    void prefetch(String transformer) {
        try (WeightLoader files = open(transformer)) {
            files.prefetch();
        }
    }

    /** Weights of the transformer that has the most. */
    long mostWeights() {
        return transformers.values().stream().mapToLong(files -> files.layout().elements()).max().orElseThrow();
    }

    /** Whether the text encoders are used where they lie in their files. */
    boolean mapsText(ElementType type) {
        return textEncoders.stream().allMatch(files -> files.mapped().equals(Optional.of(type)));
    }
}
