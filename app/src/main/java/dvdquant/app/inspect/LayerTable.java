package dvdquant.app.inspect;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;

/** Layers for a table: those of a kind in one row, or each in its own. */
final class LayerTable {
    private LayerTable() {}

    /**
     * Groups of layers, in the order in which each is first met, by what their rows are called.
     *
     * @param each whether every layer has a row
     */
    static <T> SequencedMap<String, List<T>> rows(Collection<T> layers, boolean each, Function<T, String> fullName,
            Function<T, String> kind) {
        var rows = new LinkedHashMap<String, List<T>>();
        for (T layer : layers) {
            rows.computeIfAbsent((each ? fullName : kind).apply(layer), _ -> new ArrayList<>()).add(layer);
        }
        return rows;
    }

    /** One shape, or that there are several. */
    static String shape(List<String> shapes) {
        return shapes.stream().distinct().count() == 1 ? shapes.getFirst() : "several";
    }
}
