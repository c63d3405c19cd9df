package dvdquant.evaluate.report;

import java.util.List;

/**
 * A table that is shown as it is.
 *
 * @param caption what it shows and how to read it
 * @param columns their names; the first column names the rows
 * @param rows each as long as {@code columns}
 */
public record ReportTable(String title, String caption, List<String> columns, List<List<String>> rows) {
    public ReportTable {
        columns = List.copyOf(columns);
        rows = rows.stream().map(List::copyOf).toList();
        for (List<String> row : rows) {
            if (row.size() != columns.size()) {
                throw new IllegalArgumentException(
                        "a row of " + row.size() + " cells in a table of " + columns.size() + " columns");
            }
        }
    }
}
