package dvdquant.evaluate.report.page;

import dvdquant.evaluate.report.Fact;
import dvdquant.evaluate.report.Heading;
import dvdquant.evaluate.report.ReportTable;

import java.util.List;

/** What stands at the head and at the foot of the page: what it is about, further tables, how it was made. */
final class HeaderSection {
    private HeaderSection() {}

    static void top(Markup out, Heading heading) {
        out.open("header", "class", "top");
        out.open("div", "class", "masthead").element("p", "dvdquant", "class", "brand");
        out.element("button", "Theme: auto", "type", "button", "id", "theme", "class", "chip").close();
        out.element("h1", heading.title());
        out.element("p", heading.summary(), "class", "summary");
        if (!heading.facts().isEmpty()) facts(out, heading.facts(), "facts");
        out.close().line();
    }

    static void tables(Markup out, List<ReportTable> tables) {
        for (ReportTable table : tables) {
            out.open("section").element("h2", table.title());
            out.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", table.title());
            out.open("table").open("thead").open("tr");
            table.columns().forEach(column -> out.element("th", column, "scope", "col"));
            out.close().close().open("tbody");
            for (List<String> row : table.rows()) {
                out.open("tr").element("th", row.getFirst(), "scope", "row");
                row.stream().skip(1).forEach(cell -> out.element("td", cell));
                out.close();
            }
            out.close().close().close();
            out.element("p", table.caption(), "class", "caption").close().line();
        }
    }

    static void bottom(Markup out, Heading heading) {
        out.open("section", "id", "made").element("h2", "How it was made");
        for (String command : heading.commands()) {
            out.open("pre", "tabindex", "0").element("code", command).close();
        }
        out.open("p", "class", "caption").text("The numbers are also in ");
        link(out, "results.csv");
        out.text(", ");
        link(out, "clips.csv");
        out.text(" and ");
        link(out, "results.json");
        out.text(", beside this page.").close();
        if (!heading.manifest().isEmpty()) {
            out.open("details").element("summary", "Manifest");
            facts(out, heading.manifest(), "manifest");
            out.close();
        }
        out.close().line();
    }

    private static void link(Markup out, String file) {
        out.element("a", file, "href", file);
    }

    private static void facts(Markup out, List<Fact> facts, String style) {
        out.open("dl", "class", style);
        for (Fact fact : facts) {
            out.open("div").element("dt", fact.name()).element("dd", fact.value()).close();
        }
        out.close();
    }
}
