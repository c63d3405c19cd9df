package dvdquant.evaluate.report.page;

import dvdquant.evaluate.report.ClipResult;
import dvdquant.evaluate.report.Figure;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.Report;
import dvdquant.evaluate.report.Scene;
import dvdquant.evaluate.report.Standing;
import dvdquant.evaluate.report.Still;
import dvdquant.evaluate.report.Variant;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The numbers as tables for other programs, as RFC 4180 has them: commas, CRLF, quotes where needed. */
final class Csv {
    private Csv() {}

    /** A row a variant. A figure that is uncertain has its standard error, or its interval, beside it. */
    static String results(Report report) {
        var out = new StringBuilder();
        var head = new ArrayList<>(List.of("variant", "method", "group", "reference", "emulated"));
        for (Measure measure : Measure.values()) {
            head.add(measure.key());
            head.addAll(uncertainty(measure));
        }
        row(out, head);
        for (Variant variant : report.variants()) {
            var cells = new ArrayList<>(List.of(variant.label(), variant.method(), variant.group(),
                    Boolean.toString(variant.standing() == Standing.REFERENCE),
                    Boolean.toString(variant.standing() == Standing.EMULATED)));
            for (Measure measure : Measure.values()) {
                cells.addAll(cells(measure, variant.figures().get(measure)));
            }
            row(out, cells);
        }
        return out.toString();
    }

    /** A row a clip; the files of pictures in the last columns, if a prompt has any. */
    static String clips(Report report) {
        var out = new StringBuilder();
        boolean pictured = report.scenes().stream().anyMatch(scene -> !scene.stills().isEmpty());
        var head = new ArrayList<>(List.of("prompt", "seed", "variant"));
        Arrays.stream(Measure.values()).map(Measure::key).forEach(head::add);
        head.addAll(List.of("schedule", "remark"));
        if (pictured) head.addAll(Still.KEYS);
        row(out, head);
        for (Scene scene : report.scenes()) {
            for (ClipResult clip : scene.clips()) {
                var cells = new ArrayList<>(List.of(scene.prompt(), Long.toString(scene.seed()), clip.variant()));
                for (Measure measure : Measure.values()) {
                    Double value = clip.values().get(measure);
                    cells.add(value == null ? "" : number(value));
                }
                cells.add(clip.schedule().steps());
                cells.add(clip.remark());
                if (pictured)
                    Still.KEYS.forEach(
                            key -> cells.add(scene.still(key).map(still -> still.file().toString()).orElse("")));
                row(out, cells);
            }
        }
        return out.toString();
    }

    private static List<String> uncertainty(Measure measure) {
        String key = measure.key();
        return measure.unit() == Measure.Unit.SHARE ? List.of(key + "_low", key + "_high") : List.of(key + "_se");
    }

    private static List<String> cells(Measure measure, Figure figure) {
        var cells = new ArrayList<String>();
        cells.add(figure == null ? "" : number(figure.value()));
        switch (figure) {
            case Figure.Mean mean -> cells.add(number(mean.standardError()));
            case Figure.Share share -> cells.addAll(List.of(number(share.low()), number(share.high())));
            case Figure.Exact _ -> uncertainty(measure).forEach(_ -> cells.add(""));
            case null -> uncertainty(measure).forEach(_ -> cells.add(""));
        }
        return cells;
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private static void row(StringBuilder out, List<String> cells) {
        for (int i = 0; i < cells.size(); i++) {
            if (i > 0) out.append(',');
            out.append(quoted(cells.get(i)));
        }
        out.append("\r\n");
    }

    private static String quoted(String cell) {
        boolean plain = cell.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }
}
