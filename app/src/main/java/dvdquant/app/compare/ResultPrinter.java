package dvdquant.app.compare;

import dvdquant.app.text.TextTable;
import dvdquant.app.text.TextTable.Column;
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
import java.util.stream.IntStream;

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
        var head = new ArrayList<>(List.of(""));
        measures.forEach(measure -> head.add(measure.label()));
        TextTable table = table(head);
        for (Variant variant : report.variants()) {
            var row = new ArrayList<>(
                    List.of(variant.label() + (variant.standing() == Standing.EMULATED ? " (emulated)" : "")));
            measures.forEach(measure -> row.add(
                    variant.figures().containsKey(measure) ? text(variant.figures().get(measure), measure) : "–"));
            table.row(row.toArray());
        }
        table.print(out);
    }

    static void print(ReportTable table, PrintWriter out) {
        out.println();
        out.println(table.title() + ". " + table.caption());
        TextTable text = table(table.columns());
        table.rows().forEach(row -> text.row(row.toArray()));
        text.print(out);
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

    /** The first column to the left, the others to the right. */
    private static TextTable table(List<String> head) {
        return new TextTable(IntStream.range(0, head.size())
                .mapToObj(i -> i == 0 ? Column.left(head.get(i)) : Column.right(head.get(i), "%s"))
                .toArray(Column[]::new));
    }
}
