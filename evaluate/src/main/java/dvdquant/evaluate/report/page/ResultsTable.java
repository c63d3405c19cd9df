package dvdquant.evaluate.report.page;

import dvdquant.evaluate.report.Figure;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.Numbers;
import dvdquant.evaluate.report.Report;
import dvdquant.evaluate.report.Standing;
import dvdquant.evaluate.report.Variant;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The table: a row a variant, a column a measure. */
final class ResultsTable {
    private static final String EMULATED = "No integer product can run it: the rounding is computed in floating point. "
            + "Its quality is what it would be, its time says nothing.";

    private final Report report;
    private final Map<String, Look> looks;
    private final List<Measure> columns;
    private final Ranking ranking;

    ResultsTable(Report report, Map<String, Look> looks) {
        this.report = report;
        this.looks = looks;
        this.columns = Arrays.stream(Measure.values())
                .filter(m -> report.variants().stream().anyMatch(v -> v.figures().containsKey(m))).toList();
        this.ranking = new Ranking(report.variants());
    }

    void write(Markup out) {
        out.open("section", "id", "results").element("h2", "Results");
        filter(out);
        out.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", "Table of results");
        out.open("table", "class", "results");
        head(out);
        out.open("tbody").line();
        report.variants().forEach(variant -> row(out, variant));
        out.close().close().close().line();
        notes(out);
        out.close().line();
    }

    private void filter(Markup out) {
        List<String> groups = report.variants().stream().map(Variant::group).filter(g -> !g.isEmpty()).distinct()
                .toList();
        if (groups.size() < 2) return;
        out.open("div", "class", "filter", "role", "group", "aria-label", "Rows that the table shows");
        out.element("button", "all", "type", "button", "class", "chip", "aria-pressed", "true", "data-group", "");
        for (String group : groups) {
            out.element("button", group, "type", "button", "class", "chip", "aria-pressed", "false", "data-group",
                    group);
        }
        out.close().line();
    }

    private void head(Markup out) {
        out.open("thead").open("tr");
        heading(out, "Variant", "", "");
        columns.forEach(column -> heading(out, column.label(), unit(column), column.meaning()));
        out.close().close().line();
    }

    private static void heading(Markup out, String label, String unit, String meaning) {
        out.open("th", "scope", "col");
        out.open("button", "type", "button", "class", "sort", "title", meaning);
        out.element("span", label).element("span", unit, "class", "unit").close().close();
    }

    private static String unit(Measure measure) {
        String arrow = switch (measure.better()) {
            case HIGHER -> " ↑";
            case LOWER -> " ↓";
            case UNRANKED -> "";
        };
        return (measure.unit().symbol() + arrow).strip();
    }

    private void row(Markup out, Variant variant) {
        out.open("tr", "data-group", variant.group(), "data-standing", variant.standing().name());
        out.open("th", "scope", "row");
        out.open("span", "class", "name");
        looks.get(variant.label()).swatch(out);
        out.element("span", variant.label()).close();
        switch (variant.standing()) {
            case REFERENCE -> out.element("span", "reference", "class", "tag");
            case EMULATED -> out.element("span", "emulated", "class", "tag", "title", EMULATED);
            case GENUINE -> {
            }
        }
        out.close();
        columns.forEach(column -> cell(out, variant, column));
        out.close().line();
    }

    private void cell(Markup out, Variant variant, Measure measure) {
        Figure figure = variant.figures().get(measure);
        if (figure == null) {
            out.element("td", "–", "class", "none");
            return;
        }
        boolean best = ranking.isBest(variant, measure);
        out.open("td", "data-value", Double.toString(figure.value()), "class", best ? "best" : "");
        out.element(best ? "strong" : "span", Numbers.plain(measure.unit(), figure.value()));
        String spread = Numbers.spread(measure.unit(), figure);
        if (!spread.isEmpty()) out.element("small", spread);
        out.close();
    }

    private void notes(Markup out) {
        boolean grouped = report.variants().stream().map(Variant::group).distinct().count() > 2;
        out.open("p", "class", "caption");
        out.text(
                "Mean ± standard error over the prompts; shares with their 95 % interval. ↑ higher is better, ↓ lower. ");
        out.element("strong", "Green", "class", "best");
        out.text(grouped ? ": best of its column at the same bits." : ": best of its column.");
        out.text(" Select a heading to sort.").close();
        if (report.variants().stream().anyMatch(v -> v.standing() == Standing.EMULATED)) {
            out.open("p", "class", "caption").element("span", "emulated", "class", "tag").text(" " + EMULATED).close();
        }
        out.open("details").element("summary", "What the columns mean").open("dl");
        for (Measure column : columns) {
            out.element("dt", column.label()).element("dd", column.meaning());
        }
        out.close().close().line();
    }
}
