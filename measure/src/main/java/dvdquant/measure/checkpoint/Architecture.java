package dvdquant.measure.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model folder holds.
 *
 * @param pipelineClass {@code _class_name} of {@code model_index.json}
 * @param scheduler its configuration
 * @param parts in the order in which they are written
 * @param companions what has no weights and comes from the demo model of the family
 */
public record Architecture(String pipelineClass, Map<String, Object> scheduler, List<Part> parts,
        List<Companion> companions) {
    /**
     * A folder or a file that comes along with a part.
     *
     * @param with the part that needs it
     * @param modelClass of transformers, for the index; null: the index does not name it
     */
    public record Companion(String name, String with, String modelClass) {}

    List<String> names() {
        return parts.stream().map(Part::name).toList();
    }

    /** {@code model_index.json} of a folder that has some of the parts. */
    Map<String, Object> index(List<Part> written, List<Companion> copied) {
        var index = new LinkedHashMap<String, Object>();
        index.put("_class_name", pipelineClass);
        index.put("scheduler", List.of("diffusers", scheduler.get("_class_name")));
        copied.stream().filter(companion -> companion.modelClass() != null)
                .forEach(companion -> index.put(companion.name(), List.of("transformers", companion.modelClass())));
        written.forEach(part -> index.put(part.name(), List.of(part.library(), part.modelClass())));
        return index;
    }
}
