package dvdquant.app.compare;

import dvdquant.evaluate.report.Figure;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.Numbers;
import dvdquant.evaluate.report.Report;
import dvdquant.evaluate.report.ReportTable;
import dvdquant.evaluate.report.Standing;
import dvdquant.evaluate.report.Variant;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A report's tables as text. */
final class ResultPrinter {
    private static final List<Measure> SHOWN = List.of(Measure.BITS_WEIGHT, Measure.BITS_MODEL, Measure.BITS_ACTIVATION,
            Measure.MODEL_BYTES, Measure.LATENTS_DB, Measure.PSNR_DB, Measure.SSIM, Measure.LPIPS,
            Measure.JUDGE_ATTRIBUTES, Measure.JUDGE_ALL, Measure.FRECHET, Measure.SECONDS_STEP, Measure.SKIPPED_STEPS);

    private ResultPrinter() {}

    /** The table of the variants; measures that none has are left out. */
    static void printVariants(Report report, PrintWriter out) {
        List<Measure> measures = SHOWN.stream()
                .filter(measure -> report.variants().stream().anyMatch(v -> v.figures().containsKey(measure))).toList();
        var rows = new ArrayList<List<String>>();
        var head = new ArrayList<>(List.of(""));
        measures.forEach(measure -> head.add(measure.label()));
        rows.add(head);
        for (Variant variant : report.variants()) {
            var row = new ArrayList<>(
                    List.of(variant.label() + (variant.standing() == Standing.EMULATED ? " (emulated)" : "")));
            measures.forEach(measure -> row.add(
                    variant.figures().containsKey(measure) ? text(variant.figures().get(measure), measure) : "–"));
            rows.add(row);
        }
        print(rows, out);
    }

    static void print(ReportTable table, PrintWriter out) {
        out.println();
        out.println(table.title() + ". " + table.caption());
        var rows = new ArrayList<List<String>>();
        rows.add(table.columns());
        rows.addAll(table.rows());
        print(rows, out);
    }

    private static String text(Figure figure, Measure measure) {
        String value = Numbers.withUnit(measure.unit(), figure.value());
        return switch (figure) {
            case Figure.Exact _ -> value;
            case Figure.Mean mean -> (value + " " + Numbers.spread(measure.unit(), mean)).strip();
            case Figure.Share share -> value + " [" + Numbers.bound(share.low()) + ", " + Numbers.bound(share.high())
                    + "]";
        };
    }

    /** The first column to the left, the others to the right, each as wide as it must be. */
    private static void print(List<List<String>> rows, PrintWriter out) {
        var widths = new int[rows.getFirst().size()];
        rows.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        for (List<String> row : rows) {
            var line = new StringBuilder(row.getFirst()).repeat(' ', widths[0] - row.getFirst().length());
            for (int i = 1; i < widths.length; i++) {
                line.repeat(' ', 2 + widths[i] - row.get(i).length()).append(row.get(i));
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
