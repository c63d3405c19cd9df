package dvdquant.models.survey;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * What is at a path.
 *
 * @param kind what it turned out to be
 * @param modelClass the pipeline's, for a model folder; else empty
 * @param missing components that {@code model_index.json} names and the folder lacks
 */
public record Inspection(Path path, Kind kind, String modelClass, List<ComponentSummary> components,
        List<String> missing) {
    /** What a path can be. */
    public enum Kind {
        MODEL,
        COMPONENT,
        FILE
    }

    /**
     * Looks at a model folder, the folder of one of its components, or a .safetensors file. Reads headers and configurations only.
     *
     * @throws InputException if it is none of these, or a file in it is malformed
     */
    public static Inspection of(Path path) {
        if (Files.isDirectory(path)) return ofFolder(path);
        if (!Files.exists(path)) throw new InputException(path + ": no such file or folder");
        if (!path.toString().endsWith(".safetensors")) {
            throw new InputException(
                    path + ": expected a .safetensors file, a model folder or the folder of a component");
        }
        var file = new ComponentSummary(path.getFileName().toString(), "", new LinkedHashMap<>(),
                Optional.of(WeightSummary.ofFile(path)), Optional.empty());
        return new Inspection(path, Kind.FILE, "", List.of(file), List.of());
    }

    private static Inspection ofFolder(Path folder) {
        if (Files.exists(folder.resolve("model_index.json"))) return ofModel(folder);
        if (!ComponentSummary.hasWeights(folder) && !ComponentSummary.hasConfig(folder)) {
            throw new InputException(
                    folder + ": neither a model folder (with model_index.json) nor that of a component "
                            + "(with config.json or weights)");
        }
        return new Inspection(folder, Kind.COMPONENT, "", List.of(ComponentSummary.ofFolder(folder)), List.of());
    }

    private static Inspection ofModel(Path folder) {
        JsonFile index = JsonFile.read(folder.resolve("model_index.json"));
        var components = new ArrayList<ComponentSummary>();
        var missing = new ArrayList<String>();
        for (String key : index.keys()) {
            // Keys with an underscore are the pipeline's own; a component is ["library", "class"], or nulls where it has none.
            if (key.startsWith("_") || !index.json(key).startsWith("[\"")) continue;
            Path component = folder.resolve(requirePlainName(index, key));
            if (Files.isDirectory(component)) {
                components.add(ComponentSummary.ofFolder(component));
            } else {
                missing.add(key);
            }
        }
        return new Inspection(folder, Kind.MODEL, index.text("_class_name", ""), components, missing);
    }

    /** The index is untrusted: what it names must lie in its folder. */
    private static String requirePlainName(JsonFile index, String key) {
        if (key.matches("[A-Za-z0-9_-]+")) return key;
        throw new InputException(index.path() + ": \"" + key + "\" is no name of a component's folder");
    }
}
