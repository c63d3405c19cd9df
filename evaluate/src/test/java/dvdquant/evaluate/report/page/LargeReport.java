package dvdquant.evaluate.report.page;

import dvdquant.evaluate.report.ClipResult;
import dvdquant.evaluate.report.Figure;
import dvdquant.evaluate.report.FrameScores;
import dvdquant.evaluate.report.Heading;
import dvdquant.evaluate.report.LayerError;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.Report;
import dvdquant.evaluate.report.Scene;
import dvdquant.evaluate.report.Schedule;
import dvdquant.evaluate.report.Standing;
import dvdquant.evaluate.report.Step;
import dvdquant.evaluate.report.Traces;
import dvdquant.evaluate.report.Variant;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** A report with made-up numbers, shaped like an evaluation of all methods at four bit-widths: no clips in it. */
final class LargeReport {
    static final List<String> METHODS = List.of("minmax", "smoothquant", "quarot", "vidit-q", "svdquant",
            "dvd-quant-paper", "dvd-quant");
    static final List<String> WIDTHS = List.of("W8A8", "W4A8", "W4A6", "W4A4");

    private LargeReport() {}

    static Report make() {
        var random = new SplittableRandom(1);
        var variants = new ArrayList<Variant>();
        variants.add(new Variant("full precision", "", "", Standing.REFERENCE,
                Map.of(Measure.BITS_WEIGHT, new Figure.Exact(16)), new Traces(reference(), List.of())));
        for (int width = 0; width < WIDTHS.size(); width++) {
            for (int method = 0; method < METHODS.size(); method++) {
                variants.add(variant(WIDTHS.get(width), METHODS.get(method), 30 - 6.0 * width + method, random));
            }
        }
        var scenes = new ArrayList<Scene>();
        for (int i = 0; i < 16; i++) {
            scenes.add(new Scene("prompt " + i, i, variants.stream().map(LargeReport::clip).toList()));
        }
        return new Report(new Heading("Seven methods", "Made up.", List.of(), List.of(), List.of()), variants, scenes,
                List.of());
    }

    /** The reference's output changes too, but it has no error. */
    private static List<Step> reference() {
        return IntStream.range(0, 50)
                .mapToObj(i -> new Step(16, false, OptionalDouble.of(0.05), OptionalDouble.empty()))
                .toList();
    }

    private static Variant variant(String width, String method, double db, SplittableRandom random) {
        var steps = new ArrayList<Step>();
        for (int i = 0; i < 50; i++) {
            steps.add(new Step(width.endsWith("6") ? 4 + 4 * (i % 2) : width.charAt(3) - '0', false,
                    OptionalDouble.of(random.nextDouble(0.1)), OptionalDouble.of(50 - i * (50 - db) / 49)));
        }
        var layers = new ArrayList<LayerError>();
        for (int block = 0; block < 30; block++) {
            layers.add(new LayerError("attn1.to_q", block, 18 + random.nextDouble(2)));
        }
        Standing standing = method.equals("svdquant") ? Standing.EMULATED : Standing.GENUINE;
        return new Variant(width + " " + method, method, width, standing,
                Map.of(Measure.LATENTS_DB, new Figure.Mean(db, 0.5, 16), Measure.SECONDS_STEP,
                        new Figure.Exact(standing == Standing.EMULATED ? 0.1 : db / 10)),
                new Traces(steps, layers));
    }

    private static ClipResult clip(Variant variant) {
        return new ClipResult(variant.label(), Map.of(), FrameScores.NONE, Schedule.NONE, "", Optional.empty());
    }
}
