package dvdquant.app.report.page;

import dvdquant.app.report.Heading;
import dvdquant.models.survey.ActivationSurvey;
import dvdquant.models.survey.ChannelMaxima;
import dvdquant.models.survey.LayerActivations;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** What a model computes with while it samples, drawn: one file that asks for nothing from elsewhere. */
public final class ActivationPage {
    private static final List<String> SCRIPTS = List.of("theme.js");
    private static final int EXTREME_LAYERS = 10;
    /** Channels are drawn by their rank in per cent. */
    private static final int RANKS = 101;
    private static final Look AS_IS = new Look(0, "s1", 0);
    private static final Look AS_IS_LOWEST = new Look(1, "s1 dash1", 3);
    private static final Look ROTATED = new Look(2, "s0", 1);
    private static final Look ROTATED_LOWEST = new Look(3, "s0 dash1", 4);
    private static final List<Look> BLOCKS = List.of(new Look(0, "s2", 0), new Look(1, "s3", 1), new Look(2, "s6", 2));

    private final ActivationSurvey survey;
    private final Markup out = new Markup();

    private ActivationPage(ActivationSurvey survey) {
        this.survey = survey;
    }

    /** @param rotation that was compared with none, in words */
    public static String of(ActivationSurvey survey, Heading heading, String rotation) {
        var page = new ActivationPage(survey);
        HeaderSection.top(page.out, heading);
        page.out.open("main");
        page.changes();
        page.outliers(rotation);
        page.overSteps();
        page.extremes(rotation);
        page.made(heading);
        page.out.close();
        return Page.document(heading.title(), page.out.toString(), SCRIPTS, false);
    }

    private void begin(String title, String text) {
        out.open("section").element("h2", title).element("p", text, "class", "caption");
    }

    private void legend(Map<String, Look> looks) {
        out.open("div", "class", "legend").open("div");
        looks.forEach((label, look) -> {
            out.open("span", "class", "chip");
            look.swatch(out);
            out.element("span", label).close();
        });
        out.close().close().line();
    }

    private void changes() {
        var lines = new ArrayList<LineChart.Line>();
        var looks = new LinkedHashMap<String, Look>();
        for (int i = 0; i < survey.runs().size(); i++) {
            ActivationSurvey.Run run = survey.runs().get(i);
            var look = new Look(i, "s" + i % 7 + (i < 7 ? "" : " dash" + Math.min(i / 7, 3)), i % 5);
            looks.put(i + 1 + ": " + run.prompt(), look);
            lines.add(new LineChart.Line("prompt " + (i + 1), look,
                    run.steps().stream().map(step -> step.change()).toList()));
        }
        begin("How much the output changes from step to step",
                "The L₁ change of the model's output for the prompt against the step before, "
                        + "‖F − F′‖₁ / ‖F′‖₁. Where it is large, bit switching spends 8 bits.");
        legend(looks);
        new LineChart("change", "Change over steps", 1, "step", "L1", lines).draw(out);
        out.close().line();
    }

    private void outliers(String rotation) {
        begin("Outlier channels, and what the rotation leaves of them",
                "The largest channel's maximum over the median channel's, as bits (log₂): so many bits of a scale that "
                        + "all channels share are lost to most of them. Before, and " + rotation + ".");
        legend(named("as it is", AS_IS, "rotated", ROTATED));
        Axis up = Axis.around(0, survey.layers().stream().mapToDouble(layer -> Math.max(
                bits(layer.asIs()), bits(layer.rotated()))).max().orElse(1), 4);
        out.open("div", "class", "panels");
        int number = 0;
        for (var kind : byKind().entrySet()) {
            List<LayerActivations> layers = kind.getValue();
            panel("outliers-" + number++, kind.getKey(), layers.getFirst().block(), "block", "bits", up, List.of(
                    line("as it is", AS_IS, layers.stream().mapToDouble(layer -> bits(layer.asIs()))),
                    line("rotated", ROTATED, layers.stream().mapToDouble(layer -> bits(layer.rotated())))));
        }
        out.close().close().line();
    }

    private static double bits(ChannelMaxima maxima) {
        return Math.log(maxima.outlierRatio()) / Math.log(2);
    }

    private void overSteps() {
        Map<String, Look> looks = new LinkedHashMap<>();
        int last = survey.layers().stream().mapToInt(LayerActivations::block).max().orElse(0);
        List<Integer> blocks = IntStream.of(0, last / 2, last).distinct().boxed().toList();
        for (int i = 0; i < blocks.size(); i++) {
            looks.put("block " + blocks.get(i), BLOCKS.get(i));
        }
        begin("The largest channel, over the steps",
                "The largest magnitude that a layer reads at each step. A scale that is fixed beforehand must fit the "
                        + "highest, and is too coarse at all other steps. What attn2.to_k and to_v read is the text, which is "
                        + "the same at all steps and in all blocks.");
        legend(looks);
        out.open("div", "class", "panels");
        int number = 0;
        for (var kind : byKind().entrySet()) {
            var lines = new ArrayList<LineChart.Line>();
            double most = 0;
            for (LayerActivations layer : kind.getValue()) {
                int place = blocks.indexOf(layer.block());
                if (place < 0) continue;
                float[] largest = layer.asIs().largest();
                lines.add(line("block " + layer.block(), BLOCKS.get(place), stream(largest)));
                most = Math.max(most, stream(largest).max().orElse(0));
            }
            panel("steps-" + number++, kind.getKey(), 1, "step", "max |x|", Axis.around(0, most, 3), lines);
        }
        out.close().close().line();
    }

    private void extremes(String rotation) {
        List<LayerActivations> extreme = survey.layers().stream()
                .sorted(Comparator.comparingDouble((LayerActivations layer) -> -layer.asIs().outlierRatio()))
                .limit(EXTREME_LAYERS).toList();
        begin("The channels of the most extreme layers",
                "The maxima of all channels, sorted from the largest down: the highest and the lowest of each rank "
                        + "over the steps, before and " + rotation + ".");
        legend(named("as it is, highest", AS_IS, "as it is, lowest", AS_IS_LOWEST, "rotated, highest", ROTATED,
                "rotated, lowest", ROTATED_LOWEST));
        out.open("div", "class", "panels");
        for (int i = 0; i < extreme.size(); i++) {
            LayerActivations layer = extreme.get(i);
            double most = stream(layer.asIs().highest()).max().orElse(1);
            panel("channels-" + i, "block " + layer.block() + ", " + layer.kind(), 0, "% of channels", "max |x|",
                    Axis.around(0, most, 4), List.of(
                            ranks("as it is, highest", AS_IS, layer.asIs().highest()),
                            ranks("as it is, lowest", AS_IS_LOWEST, layer.asIs().lowest()),
                            ranks("rotated, highest", ROTATED, layer.rotated().highest()),
                            ranks("rotated, lowest", ROTATED_LOWEST, layer.rotated().lowest())));
        }
        out.close().close().line();
    }

    private static LineChart.Line ranks(String label, Look look, float[] maxima) {
        return line(label, look, stream(ChannelMaxima.sorted(maxima, RANKS)));
    }

    private static DoubleStream stream(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]);
    }

    private static LineChart.Line line(String label, Look look, DoubleStream values) {
        return new LineChart.Line(label, look, values.mapToObj(OptionalDouble::of).toList());
    }

    private static Map<String, Look> named(Object... namesAndLooks) {
        var looks = new LinkedHashMap<String, Look>();
        for (int i = 0; i < namesAndLooks.length; i += 2) {
            looks.put((String) namesAndLooks[i], (Look) namesAndLooks[i + 1]);
        }
        return looks;
    }

    private void panel(String id, String title, int first, String across, String up, Axis axis,
            List<LineChart.Line> lines) {
        out.open("div").element("h4", title);
        new LineChart(id, title, first, across, up, lines).drawSmall(out, axis);
        out.close();
    }

    private Map<String, List<LayerActivations>> byKind() {
        var kinds = new LinkedHashMap<String, List<LayerActivations>>();
        survey.layers().forEach(layer -> kinds.computeIfAbsent(layer.kind(), _ -> new ArrayList<>()).add(layer));
        return kinds;
    }

    private void made(Heading heading) {
        out.open("section").element("h2", "How it was made");
        heading.commands().forEach(command -> out.open("pre", "tabindex", "0").element("code", command).close());
        out.open("p", "class", "caption").text("The numbers are also in ");
        out.element("a", "activations.json", "href", "activations.json").text(", beside this page.").close();
        out.close().line();
    }
}
