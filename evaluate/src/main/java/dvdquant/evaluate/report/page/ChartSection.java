package dvdquant.evaluate.report.page;

import dvdquant.evaluate.report.LayerError;
import dvdquant.evaluate.report.Report;
import dvdquant.evaluate.report.Step;
import dvdquant.evaluate.report.Variant;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;

/** What happens over the steps and in the layers, drawn. */
final class ChartSection {
    /** With more variants than this only the reference and the first group are shown, until the reader asks for others. */
    private static final int SHOWN_AT_FIRST = 8;

    private final List<Variant> variants;
    private final Map<String, Look> looks;

    ChartSection(Report report, Map<String, Look> looks) {
        this.variants = report.variants().stream()
                .filter(v -> !v.traces().steps().isEmpty() || !v.traces().layers().isEmpty()).toList();
        this.looks = looks;
    }

    void write(Markup out) {
        if (variants.isEmpty()) return;
        out.open("section", "id", "charts").element("h2", "Over the steps, and by layer");
        legend(out);
        out.open("div", "class", "charts");
        bits(out);
        steps(out, "error", "Error over steps", "dB",
                "Signal over error of the latents after each step, against the reference; higher is better.",
                Step::latentsDb);
        steps(out, "change", "Change over steps", "L1",
                "How much the model's output differs from that of the step before; switching bits goes by its sum.",
                Step::change);
        out.close();
        layers(out);
        out.close().line();
    }

    /** A line a group, if there are several; its name shows that group alone. */
    private void legend(Markup out) {
        List<String> groups = variants.stream().map(Variant::group).distinct().toList();
        out.open("div", "class", "legend", "role", "group", "aria-label", "Variants that the charts show");
        for (String group : groups) {
            out.open("div");
            if (groups.size() > 1 && !group.isEmpty())
                out.element("button", group, "type", "button", "class", "only", "data-only", group);
            variants.stream().filter(variant -> variant.group().equals(group)).forEach(variant -> chip(out, variant));
            out.close().line();
        }
        out.close().line();
    }

    private boolean isShownAtFirst(String group) {
        if (variants.size() <= SHOWN_AT_FIRST || group.isEmpty()) return true;
        return group.equals(variants.stream().map(Variant::group).filter(g -> !g.isEmpty()).findFirst().orElseThrow());
    }

    private void chip(Markup out, Variant variant) {
        Look look = looks.get(variant.label());
        out.open("button", "type", "button", "class", "chip", "aria-pressed",
                Boolean.toString(isShownAtFirst(variant.group())), "data-toggles",
                Integer.toString(look.variant()), "data-group", variant.group());
        look.swatch(out);
        out.element("span", variant.label()).close();
    }

    private void bits(Markup out) {
        List<Variant> drawn = variants.stream().filter(v -> !v.traces().steps().isEmpty()).toList();
        if (drawn.isEmpty()) return;
        int count = drawn.stream().mapToInt(v -> v.traces().steps().size()).max().orElse(1);
        boolean skips = drawn.stream().flatMap(v -> v.traces().steps().stream()).anyMatch(Step::skipped);
        out.open("figure", "class", "lanes").element("h3", "Bits over steps");
        for (Variant variant : drawn) {
            Look look = looks.get(variant.label());
            out.open("div", look.attributes("lane"));
            out.open("p");
            look.swatch(out);
            out.element("span", variant.label()).close();
            new BitsLane("bits-" + look.variant(), variant, look, count).draw(out);
            out.close();
        }
        out.element("figcaption",
                "Bits of the activations at each step." + (skips ? " A cross is a step that TeaCache skipped." : ""));
        out.close().line();
    }

    private void steps(Markup out, String id, String title, String unit, String caption,
            Function<Step, OptionalDouble> value) {
        var lines = new ArrayList<LineChart.Line>();
        for (Variant variant : variants) {
            var line = new LineChart.Line(variant.label(), looks.get(variant.label()),
                    variant.traces().steps().stream().map(value).toList());
            if (!line.isEmpty()) lines.add(line);
        }
        if (lines.isEmpty()) return;
        out.open("figure").element("h3", title);
        new LineChart(id, title, 1, "step", unit, lines).draw(out);
        out.element("figcaption", caption).close().line();
    }

    private void layers(Markup out) {
        Set<String> kinds = new LinkedHashSet<>();
        variants.forEach(v -> v.traces().layers().forEach(layer -> kinds.add(layer.kind())));
        if (kinds.isEmpty()) return;
        List<Double> all = variants.stream().flatMap(v -> v.traces().layers().stream()).map(LayerError::db)
                .filter(Double::isFinite).toList();
        Axis up = Axis.around(all.stream().min(Double::compare).orElse(0.0),
                all.stream().max(Double::compare).orElse(1.0), 3);
        out.open("figure", "class", "layers").element("h3", "Error by layer");
        out.element("p", "Signal over error of the weights in dB, by kind of layer and transformer block; higher is "
                + "better.", "class", "caption");
        out.open("div", "class", "panels");
        int number = 0;
        for (String kind : kinds) {
            out.open("div").element("h4", kind);
            new LineChart("layer-" + number++, "Error of " + kind, 0, "block", "dB", layerLines(kind))
                    .drawSmall(out, up);
            out.close();
        }
        out.close().close().line();
    }

    private List<LineChart.Line> layerLines(String kind) {
        var lines = new ArrayList<LineChart.Line>();
        for (Variant variant : variants) {
            var values = new ArrayList<OptionalDouble>();
            for (LayerError layer : variant.traces().layers()) {
                if (!layer.kind().equals(kind)) continue;
                while (values.size() <= layer.block()) {
                    values.add(OptionalDouble.empty());
                }
                values.set(layer.block(), OptionalDouble.of(layer.db()));
            }
            if (!values.isEmpty()) lines.add(new LineChart.Line(variant.label(), looks.get(variant.label()), values));
        }
        return lines;
    }
}
