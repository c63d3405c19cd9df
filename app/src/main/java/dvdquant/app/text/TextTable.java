package dvdquant.app.text;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** A table as text: each column as wide as it must be, two spaces apart. */
public final class TextTable {
    private static final String GAP = "  ";

    /**
     * A column.
     *
     * @param format of its numbers; texts stand as they are
     * @param leading whether its cells begin in one line, instead of ending in one
     */
    public record Column(String head, String format, boolean leading) {
        /** Of texts. */
        public static Column left(String head) {
            return new Column(head, "%s", true);
        }

        /** Of numbers. */
        public static Column right(String head, String format) {
            return new Column(head, format, false);
        }

        private String text(Object cell) {
            return cell instanceof String text ? text : String.format(Locale.ROOT, format, cell);
        }
    }

    private final List<Column> columns;
    private final List<List<String>> rows = new ArrayList<>();

    public TextTable(Column... columns) {
        this.columns = List.of(columns);
        row(Arrays.stream(columns).map(Column::head).toArray());
    }

    /** @param cells of the first columns, or of all */
    public void row(Object... cells) {
        rows.add(IntStream.range(0, cells.length).mapToObj(i -> columns.get(i).text(cells[i])).toList());
    }

    public void print(PrintWriter out) {
        int[] widths = IntStream.range(0, columns.size()).map(this::width).toArray();
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                String space = " ".repeat(widths[i] - row.get(i).length());
                line.append(i == 0 ? "" : GAP)
                        .append(columns.get(i).leading ? row.get(i) + space : space + row.get(i));
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private int width(int column) {
        return rows.stream().filter(row -> row.size() > column).mapToInt(row -> row.get(column).length()).max()
                .orElse(0);
    }
}
