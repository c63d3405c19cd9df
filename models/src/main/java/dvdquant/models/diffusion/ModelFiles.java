package dvdquant.models.diffusion;

import dvdquant.core.format.ElementType;
import dvdquant.models.diffusion.Component.Kind;
import dvdquant.models.weights.WeightLoader;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A model's files, by their headers.
 *
 * @param transformers by name
 * @param eightBitText whether text encoders are quantized as they are loaded
 */
record ModelFiles(SequencedMap<String, ComponentFiles> transformers, List<ComponentFiles> textEncoders,
        boolean eightBitText) {
    /**
     * Reads the headers; the weights of the autoencoder, which is needed last, are looked through.
     *
     * @throws dvdquant.core.InputException if files cannot be read or do not hold what the configurations imply
     */
    static ModelFiles read(Path model, ModelFamily family) {
        var transformers = new LinkedHashMap<String, ComponentFiles>();
        family.transformers(model).forEach(
                component -> transformers.put(component.name(), ComponentFiles.read(model, component)));
        List<ComponentFiles> encoders = family.components().stream()
                .filter(part -> part.kind() == Kind.TEXT_ENCODER && Files.isDirectory(model.resolve(part.name())))
                .map(part -> ComponentFiles.read(model, part)).toList();
        verifyAutoencoder(model, family);
        return new ModelFiles(transformers, encoders, false);
    }

    static void verifyAutoencoder(Path model, ModelFamily family) {
        Path folder = model.resolve(family.autoencoder());
        try (var files = WeightLoader.open(folder, family.component(family.autoencoder()).layout(folder))) {
            files.verify();
        }
    }

    ModelFiles withEightBitText(boolean eightBit) {
        return new ModelFiles(transformers, textEncoders, eightBit);
    }

    /** The one that needs the most memory. */
    ComponentFiles largestTransformer() {
        return transformers.values().stream().max(Comparator.comparingLong(files -> files.layout().elements()))
                .orElseThrow();
    }

    /** Whether the text encoders are used where they lie in their files. */
    boolean mapsText(ElementType type) {
        return textEncoders.stream().allMatch(files -> files.stored() == type);
    }
}
