package dvdquant.measure.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model folder holds.
 *
 * @param pipelineClass {@code _class_name} of {@code model_index.json}
 * @param flags what that says of the pipeline besides its components; values may be null
 * @param scheduler its configuration
 * @param parts in the order in which they are written
 * @param companions what has no weights
 */
public record Architecture(String pipelineClass, Map<String, Object> flags, Map<String, Object> scheduler,
        List<Part> parts, List<Companion> companions) {
    /** What comes along with a part. */
    public sealed interface Companion {
        /** Of its folder or file. */
        String name();

        /** The part that needs it. */
        String with();

        /** Of transformers, for the index; null: the index does not name it. */
        String modelClass();
    }

    /** A folder or a file of the family's demo model. */
    public record OfDemo(String name, String with, String modelClass) implements Companion {}

    /**
     * A folder of one file.
     *
     * @param file its name
     * @param contents its JSON
     */
    public record Settings(String name, String with, String modelClass, String file,
            Map<String, Object> contents) implements Companion {}

    List<String> names() {
        return parts.stream().map(Part::name).toList();
    }

    /** {@code model_index.json} of a folder that has some of the parts. */
    Map<String, Object> index(List<Part> written, List<Companion> companions) {
        var index = new LinkedHashMap<String, Object>();
        index.put("_class_name", pipelineClass);
        index.putAll(flags);
        index.put("scheduler", List.of("diffusers", scheduler.get("_class_name")));
        companions.stream().filter(companion -> companion.modelClass() != null)
                .forEach(companion -> index.put(companion.name(), List.of("transformers", companion.modelClass())));
        written.forEach(part -> index.put(part.name(), List.of(part.library(), part.modelClass())));
        return index;
    }
}
