package dvdquant.app.inspect;

import dvdquant.app.text.TextTable;
import dvdquant.models.survey.ComponentSummary;
import dvdquant.models.survey.Inspection;
import dvdquant.models.survey.WeightSummary;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Collectors;

import static dvdquant.app.text.TextTable.Column.left;
import static dvdquant.app.text.TextTable.Column.right;

/** What {@code inspect} prints of what is in a checkpoint. */
final class InspectionText {
    private InspectionText() {}

    /**
     * @param tensors whether every tensor is listed
     * @param layers whether every quantized layer is, and not every kind of layer
     */
    static void print(Inspection inspection, boolean tensors, boolean layers, PrintWriter out) {
        String what = inspection.modelClass().isEmpty() ? "" : ": " + inspection.modelClass();
        out.println(inspection.path() + " (" + inspection.kind().name().toLowerCase(Locale.ROOT) + ")" + what);
        out.println();
        var table = new TextTable(left("component"), right("files", "%d"), right("tensors", "%d"),
                right("weights", "%,d"), right("bytes", "%,d"), left("dtypes"));
        inspection.components().forEach(component -> component.weights().ifPresentOrElse(
                weights -> table.row(component.name(), weights.files().size(), weights.tensors().size(),
                        weights.elements(), weights.bytes(), dtypes(weights)),
                () -> table.row(component.name(), "-")));
        inspection.missing().forEach(missing -> table.row(missing, "missing"));
        table.print(out);
        out.println();
        for (ComponentSummary component : inspection.components()) {
            String sizes = component.config().entrySet().stream().map(entry -> entry.getKey() + " " + entry.getValue())
                    .collect(Collectors.joining(", "));
            if (!component.modelClass().isEmpty()) out.println(component.name() + ": " + component.modelClass());
            if (!sizes.isEmpty()) out.println("    " + sizes);
        }
        inspection.components().forEach(component -> component.quantization()
                .ifPresent(quantization -> QuantizedText.print(component.name(), quantization, layers, out)));
        if (tensors) inspection.components().forEach(component -> list(component, out));
    }

    private static String dtypes(WeightSummary weights) {
        double all = Math.max(1, weights.elements());
        return weights.elementsByFormat().entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "%s %.1f %%", entry.getKey(), 100 * entry.getValue() / all))
                .collect(Collectors.joining(", "));
    }

    private static void list(ComponentSummary component, PrintWriter out) {
        component.weights().ifPresent(weights -> {
            out.printf("%n%s: %s%n", component.name(), String.join(", ", weights.files()));
            weights.tensors().forEach(tensor -> out.printf(Locale.ROOT, "  %-8s %-24s %,14d  %s%n", tensor.dtype(),
                    tensor.shape(), tensor.bytes(), printable(tensor.name())));
        });
    }

    /** Names come from a file that may be anybody's: control characters could play with the terminal. */
    private static String printable(String name) {
        return name.replaceAll("\\p{Cntrl}", "?");
    }
}
