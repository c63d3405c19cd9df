package dvdquant.evaluate.plan;

import dvdquant.core.quantize.Recipe;

import java.nio.file.Path;

/** Where a candidate's model comes from. */
public sealed interface ModelSource {
    /** The model that all is compared with. */
    record Original() implements ModelSource {}

    /** A model that is there already. */
    record Folder(Path path) implements ModelSource {}

    /**
     * The original, quantized for the comparison.
     *
     * @param name of its folder
     */
    record Quantized(String name, Recipe recipe) implements ModelSource {}
}
