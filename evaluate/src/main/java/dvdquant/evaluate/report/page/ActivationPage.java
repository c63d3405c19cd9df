package dvdquant.evaluate.report.page;

import dvdquant.core.checkpoint.SchemeText;
import dvdquant.evaluate.report.Heading;
import dvdquant.evaluate.report.page.Panels.Series;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.survey.ActivationSurvey;
import dvdquant.models.survey.ChannelMaxima;
import dvdquant.models.survey.LayerActivations;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** What a model computes with while it samples, drawn: one file that asks for nothing from elsewhere. */
public final class ActivationPage {
    private static final List<String> SCRIPTS = List.of("theme.js");
    private static final int EXTREME_LAYERS = 10;
    /** Channels are drawn by their rank in per cent. */
    private static final int RANKS = 101;
    private static final Series AS_IS = new Series("as it is", new Look(0, "s1", 0));
    private static final Series ROTATED = new Series("rotated", new Look(1, "s0", 1));
    private static final Series AS_IS_HIGHEST = new Series("as it is, highest", AS_IS.look());
    private static final Series AS_IS_LOWEST = new Series("as it is, lowest", new Look(2, "s1 dash1", 3));
    private static final Series ROTATED_HIGHEST = new Series("rotated, highest", ROTATED.look());
    private static final Series ROTATED_LOWEST = new Series("rotated, lowest", new Look(3, "s0 dash1", 4));
    private static final List<Look> BLOCKS = List.of(new Look(0, "s2", 0), new Look(1, "s3", 1), new Look(2, "s6", 2));

    private final ActivationSurvey survey;
    private final Markup out = new Markup();

    private ActivationPage(ActivationSurvey survey) {
        this.survey = survey;
    }

    /** @param command the command line */
    public static String of(ActivationSurvey.Request request, ActivationSurvey survey, String command) {
        String rotation = SchemeText.rotation(request.rotation());
        Heading heading = ActivationHeading.of(request, survey, command);
        var page = new ActivationPage(survey);
        HeaderSection.top(page.out, heading);
        page.out.open("main");
        page.changes();
        page.outliers(rotation);
        page.overSteps();
        page.tokens();
        page.extremes(rotation);
        page.made(heading);
        page.out.close();
        return Page.document(heading.title(), page.out.toString(), SCRIPTS, false);
    }

    private void begin(String title, String text) {
        out.open("section").element("h2", title).element("p", text, "class", "caption");
    }

    private void changes() {
        var lines = new ArrayList<LineChart.Line>();
        var prompts = new ArrayList<Series>();
        for (int i = 0; i < survey.runs().size(); i++) {
            ActivationSurvey.Run run = survey.runs().get(i);
            var look = new Look(i, "s" + i % 7 + (i < 7 ? "" : " dash" + Math.min(i / 7, 3)), i % 5);
            prompts.add(new Series(i + 1 + ": " + run.prompt(), look));
            lines.add(new LineChart.Line("prompt " + (i + 1), look,
                    run.steps().stream().map(StepRecord::change).toList()));
        }
        begin("How much the output changes from step to step",
                "The L₁ change of the model's output for the prompt against the step before, "
                        + "‖F − F′‖₁ / ‖F′‖₁. Where it is large, bit switching spends 8 bits.");
        Panels.legend(out, prompts);
        new LineChart("change", "Change over steps", 1, "step", "L1", lines).draw(out);
        out.close().line();
    }

    private void outliers(String rotation) {
        begin("Outlier channels, and what the rotation leaves of them",
                "The largest channel's maximum over the median channel's, as bits (log₂): so many bits of a scale that "
                        + "all channels share are lost to most of them. Before, and " + rotation + ".");
        Panels.legend(out, List.of(AS_IS, ROTATED));
        Function<List<LayerActivations>, List<LineChart.Line>> lines = layers -> List.of(
                AS_IS.line(layers.stream().mapToDouble(layer -> bits(layer.asIs()))),
                ROTATED.line(layers.stream().mapToDouble(layer -> bits(layer.rotated()))));
        Axis up = Panels.axis(lines.apply(survey.layers()), 4);
        out.open("div", "class", "panels");
        int number = 0;
        for (var kind : byKind().entrySet()) {
            Panels.panel(out, new LineChart("outliers-" + number++, kind.getKey(),
                    Math.max(0, kind.getValue().getFirst().block()), "block", "bits", lines.apply(kind.getValue())),
                    up);
        }
        out.close().close().line();
    }

    private static double bits(ChannelMaxima maxima) {
        return Math.log(maxima.outlierRatio()) / Math.log(2);
    }

    private void overSteps() {
        boolean crossAttention = survey.layers().stream().anyMatch(layer -> layer.kind().startsWith("attn2.to_k"));
        panelsOverSteps("The largest channel, over the steps",
                "The largest magnitude that a layer reads at each step. A scale that is fixed beforehand must fit the "
                        + "highest, and is too coarse at all other steps." + (crossAttention
                                ? " What attn2.to_k and to_v read is the text, and add_k_proj and add_v_proj, where there are such, "
                                        + "a picture: the same at all steps and in all blocks."
                                : ""),
                "steps-", "max |x|", layer -> Panels.stream(layer.asIs().largest()));
    }

    private void tokens() {
        panelsOverSteps("How far tokens are apart, over the steps",
                "The largest token's maximum over the median token's, as bits (log₂): so many bits of a scale that all tokens "
                        + "share are lost to most of them.",
                "tokens-", "bits",
                layer -> Panels.stream(layer.tokenSpread()).map(ratio -> Math.log(Math.max(1, ratio)) / Math.log(2)));
    }

    /** A panel a kind of layer, with a line for the first block, the one in the middle and the last. */
    private void panelsOverSteps(String title, String text, String id, String unit,
            Function<LayerActivations, DoubleStream> values) {
        int last = survey.layers().stream().mapToInt(LayerActivations::block).max().orElse(0);
        Map<Integer, Series> blocks = new LinkedHashMap<>();
        IntStream.of(0, last / 2, last).distinct().forEach(
                block -> blocks.put(block, new Series("block " + block, BLOCKS.get(blocks.size()))));
        begin(title, text);
        Panels.legend(out, List.copyOf(blocks.values()));
        out.open("div", "class", "panels");
        int number = 0;
        for (var kind : byKind().entrySet()) {
            List<LineChart.Line> lines = kind.getValue().stream().filter(layer -> blocks.containsKey(layer.block()))
                    .map(layer -> blocks.get(layer.block()).line(values.apply(layer))).toList();
            Panels.panel(out, new LineChart(id + number++, kind.getKey(), 1, "step", unit, lines),
                    Panels.axis(lines, 3));
        }
        out.close().close().line();
    }

    private void extremes(String rotation) {
        List<LayerActivations> extreme = survey.mostExtremeFirst().stream().limit(EXTREME_LAYERS).toList();
        begin("The channels of the most extreme layers",
                "The maxima of all channels, sorted from the largest down: the highest and the lowest of each channel "
                        + "over the steps, before and " + rotation + ".");
        Panels.legend(out, List.of(AS_IS_HIGHEST, AS_IS_LOWEST, ROTATED_HIGHEST, ROTATED_LOWEST));
        out.open("div", "class", "panels");
        for (int i = 0; i < extreme.size(); i++) {
            LayerActivations layer = extreme.get(i);
            var lines = List.of(AS_IS_HIGHEST.line(ChannelMaxima.sorted(layer.asIs().highest(), RANKS)),
                    AS_IS_LOWEST.line(ChannelMaxima.sorted(layer.asIs().lowest(), RANKS)),
                    ROTATED_HIGHEST.line(ChannelMaxima.sorted(layer.rotated().highest(), RANKS)),
                    ROTATED_LOWEST.line(ChannelMaxima.sorted(layer.rotated().lowest(), RANKS)));
            Panels.panel(out, new LineChart("channels-" + i, "block " + layer.block() + ", " + layer.kind(), 0,
                    "% of channels", "max |x|", lines), Panels.axis(lines, 4));
        }
        out.close().close().line();
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
