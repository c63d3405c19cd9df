package dvdquant.evaluate.report.page;

import dvdquant.core.io.Sha256;
import dvdquant.evaluate.report.Report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** The page: one file that asks for nothing from elsewhere. */
final class Page {
    private static final List<String> SCRIPTS = List.of("theme.js", "table.js", "charts.js", "comparison.js",
            "player.js", "scenes.js");
    private static final String ICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
            + "%3Crect width='16' height='16' rx='4' fill='%230b6e75'/%3E%3Cpath d='M4 11h2V8h2V5h2V8h2v3' fill='none' "
            + "stroke='white' stroke-width='1.5'/%3E%3C/svg%3E";

    private Page() {}

    static String of(Report report, Media media) {
        var body = new Markup();
        var looks = Look.of(report);
        HeaderSection.top(body, report.heading());
        body.open("main");
        new SceneSection(report, looks, media).write(body);
        new ResultsTable(report, looks).write(body);
        HeaderSection.tables(body, report.tables());
        new ChartSection(report, looks).write(body);
        HeaderSection.bottom(body, report.heading());
        body.close();
        return document(report.heading().title(), body.toString(), SCRIPTS, media.isBeside());
    }

    /**
     * A page of its own style and scripts.
     *
     * @param besides whether it may load clips that lie beside it
     */
    static String document(String title, String body, List<String> scripts, boolean besides) {
        String style = resource("report.css");
        String script = scripts.stream().map(Page::resource)
                .collect(Collectors.joining("\n", "'use strict';\n", ""));
        var out = new Markup();
        out.source("<!doctype html>\n").open("html", "lang", "en").open("head").empty("meta", "charset", "utf-8");
        out.empty("meta", "http-equiv", "Content-Security-Policy", "content",
                policy(style, script, besides));
        out.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        out.empty("meta", "name", "color-scheme", "content", "light dark");
        out.element("title", title).empty("link", "rel", "icon", "href", ICON).line();
        out.source("<style>").source(style).source("</style>").close().line();
        out.open("body").line().source(body);
        out.source("<script>").source(script).source("</script>").close().close().line();
        return out.toString();
    }

    /** Nothing may be loaded but the page's own style, script and clips. */
    private static String policy(String style, String script, boolean besides) {
        return "default-src 'none'; style-src '" + hash(style) + "'; script-src '" + hash(script)
                + "'; img-src data:; media-src data:" + (besides ? " 'self' file:" : "")
                + "; base-uri 'none'; form-action 'none'";
    }

    private static String hash(String source) {
        return "sha256-" + Base64.getEncoder().encodeToString(Sha256.of(source));
    }

    private static String resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            if (in == null) throw new AssertionError("no resource " + name);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
