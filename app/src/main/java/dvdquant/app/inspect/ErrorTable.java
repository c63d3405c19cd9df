package dvdquant.app.inspect;

import dvdquant.core.checkpoint.WeightSize;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightError;
import dvdquant.models.survey.LayerErrors;
import dvdquant.models.survey.MeasuredErrors;
import dvdquant.models.survey.WeightSurvey;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** The errors of weights as a table: signal over error in dB, as stored and after each stage. */
final class ErrorTable {
    private final PrintWriter out;
    private final String name;
    private final boolean stored;

    private ErrorTable(PrintWriter out, int width, boolean stored) {
        this.out = out;
        this.name = "%-" + width + "s  ";
        this.stored = stored;
    }

    /** @param each whether every layer has a line, and not every kind of layer */
    static void print(WeightSurvey survey, boolean each, PrintWriter out) {
        var rows = LayerTable.rows(survey.layers(), each, layer -> layer.name().full(), layer -> layer.name().kind());
        MeasuredErrors total = survey.total();
        var table = new ErrorTable(out, LayerTable.width(rows.keySet(), "layer"), total.stored().isPresent());
        table.head();
        rows.forEach(table::row);
        if (rows.size() > 1) table.row("all", survey.layers());
    }

    private void head() {
        out.printf(name + "%5s %16s %6s %s%8s %8s %8s %10s%n", "layer", "count", "weights", "bits",
                stored ? "  stored " : "", "minmax", "bounded", "refined", "less error");
    }

    private void row(String label, List<LayerErrors> layers) {
        MeasuredErrors errors = layers.stream().map(LayerErrors::errors).reduce(MeasuredErrors::plus).orElseThrow();
        WeightSize size = layers.stream().map(LayerErrors::size).reduce(WeightSize.NONE, WeightSize::plus);
        WeightError stages = errors.stages();
        OptionalDouble less = stored
                ? errors.storedReduction()
                : OptionalDouble.of(stages.reduction(Rounding.BGR));
        out.printf(Locale.ROOT, name + "%5d %,16d %6.2f %s%8s %8s %8s %10s%n", label, layers.size(), size.weights(),
                size.bitsAWeight(), stored ? String.format("%8s ", db(errors.storedDb().orElseThrow())) : "",
                db(stages.sqnrDb(Rounding.MINMAX)), db(stages.sqnrDb(Rounding.BOUNDED)),
                db(stages.sqnrDb(Rounding.BGR)),
                less.isPresent() ? String.format(Locale.ROOT, "%.1f %%", 100 * less.getAsDouble()) : "-");
    }

    private static String db(double value) {
        return Double.isInfinite(value) ? "exact" : String.format(Locale.ROOT, "%.2f", value);
    }
}
