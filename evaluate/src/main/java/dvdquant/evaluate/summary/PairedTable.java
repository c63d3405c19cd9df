package dvdquant.evaluate.summary;

import dvdquant.core.quantize.Method;
import dvdquant.evaluate.Results;
import dvdquant.evaluate.Results.CandidateResults;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.ReportTable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Differences to one row at the same bits, clip by clip: what the clips have in common cancels. The row is dvd-quant's, or the first
 * one where dvd-quant did not run at those bits.
 */
final class PairedTable {
    private static final String USUAL = Method.DVD_QUANT.label();

    private PairedTable() {}

    /** One for each method that others are held against; none where there is nothing to pair, or but one clip of each. */
    static List<ReportTable> of(Results results) {
        if (results.plan().samples().size() < 2) return List.of();
        var others = new LinkedHashMap<String, List<CandidateResults>>();
        for (CandidateResults other : results.candidates()) {
            if (other.candidate().bits().isEmpty()) continue;
            CandidateResults base = base(results, other);
            if (base != other) others.computeIfAbsent(base.candidate().method(), _ -> new ArrayList<>()).add(other);
        }
        return others.entrySet().stream().map(entry -> table(results, entry.getKey(), entry.getValue())).toList();
    }

    /** What the row is held against; may be itself. */
    private static CandidateResults base(Results results, CandidateResults row) {
        String bits = row.candidate().bits();
        return results.of(USUAL, bits).orElseGet(() -> results.candidates().stream()
                .filter(c -> c.candidate().bits().equals(bits)).findFirst().orElseThrow());
    }

    private static ReportTable table(Results results, String method, List<CandidateResults> others) {
        List<Measure> measures = Columns.of(others);
        var columns = new ArrayList<>(List.of("row"));
        measures.forEach(measure -> columns.add(Columns.heading(measure)));
        var rows = new ArrayList<List<String>>();
        for (CandidateResults other : others) {
            CandidateResults base = base(results, other);
            var row = new ArrayList<>(List.of(other.candidate().label()));
            measures.forEach(measure -> row
                    .add(Columns.difference(other, base, measure) + " (" + ahead(base, other, measure) + ")"));
            rows.add(row);
        }
        return new ReportTable("Differences to " + method,
                "Each row minus " + method + (method.equals(USUAL) ? "" : ", the first row,")
                        + " at the same bits, clip by clip: mean ± standard error over "
                        + results.plan().samples().size() + " clips, and in brackets in how many of them " + method
                        + " is ahead. Below zero in dB, PSNR and SSIM: worse than " + method + ".",
                columns, rows);
    }

    /** In how many clips {@code base} is the better of the two; a tie is none. */
    private static long ahead(CandidateResults base, CandidateResults other, Measure measure) {
        double sign = measure.better() == Measure.Better.LOWER ? -1 : 1;
        double[] a = Columns.values(base, measure);
        double[] b = Columns.values(other, measure);
        return IntStream.range(0, a.length).filter(i -> sign * a[i] > sign * b[i]).count();
    }
}
