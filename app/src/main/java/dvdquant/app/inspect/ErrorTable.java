package dvdquant.app.inspect;

import dvdquant.app.text.TextTable;
import dvdquant.app.text.TextTable.Column;
import dvdquant.core.checkpoint.WeightSize;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightError;
import dvdquant.models.survey.LayerErrors;
import dvdquant.models.survey.MeasuredErrors;
import dvdquant.models.survey.WeightSurvey;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

import static dvdquant.app.text.TextTable.Column.left;
import static dvdquant.app.text.TextTable.Column.right;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

/** The errors of weights as a table: signal over error in dB, as stored and after each stage. */
final class ErrorTable {
    /** Between the bits and the errors of each stage. */
    private static final int STORED_AT = 4;

    private ErrorTable() {}

    /** @param each whether every layer has a line, and not every kind of layer */
    static void print(WeightSurvey survey, boolean each, PrintWriter out) {
        var rows = survey.layers().stream().collect(groupingBy(
                layer -> each ? layer.name().full() : layer.name().kind(), LinkedHashMap::new, toList()));
        boolean stored = survey.total().stored().isPresent();
        var columns = new ArrayList<>(List.of(left("layer"), right("count", "%d"), right("weights", "%,d"),
                right("bits", "%.2f"), right("minmax", "%s"), right("bounded", "%s"), right("refined", "%s"),
                right("less error", "%s")));
        if (stored) columns.add(STORED_AT, right("stored", "%s"));
        var table = new TextTable(columns.toArray(Column[]::new));
        rows.forEach((label, layers) -> table.row(cells(label, layers, stored).toArray()));
        if (rows.size() > 1) table.row(cells("all", survey.layers(), stored).toArray());
        table.print(out);
    }

    private static List<Object> cells(String label, List<LayerErrors> layers, boolean stored) {
        MeasuredErrors errors = layers.stream().map(LayerErrors::errors).reduce(MeasuredErrors::plus).orElseThrow();
        WeightSize size = layers.stream().map(LayerErrors::size).reduce(WeightSize.NONE, WeightSize::plus);
        WeightError stages = errors.stages();
        OptionalDouble less = stored
                ? errors.storedReduction()
                : OptionalDouble.of(stages.reduction(Rounding.BGR));
        var cells = new ArrayList<Object>(List.of(label, layers.size(), size.weights(), size.bitsAWeight(),
                db(stages.sqnrDb(Rounding.MINMAX)), db(stages.sqnrDb(Rounding.BOUNDED)),
                db(stages.sqnrDb(Rounding.BGR)),
                less.isPresent() ? String.format(Locale.ROOT, "%.1f %%", 100 * less.getAsDouble()) : "-"));
        if (stored) cells.add(STORED_AT, db(errors.storedDb().orElseThrow()));
        return cells;
    }

    private static String db(double value) {
        return Double.isInfinite(value) ? "exact" : String.format(Locale.ROOT, "%.2f", value);
    }
}
