package dvdquant.app.evaluate.summary;

import dvdquant.app.evaluate.Results;
import dvdquant.app.evaluate.Results.CandidateResults;
import dvdquant.app.report.Measure;
import dvdquant.app.report.ReportTable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Differences to one method at the same bits, clip by clip: what the clips have in common cancels. */
final class PairedTable {
    private PairedTable() {}

    /** Empty where there is nothing to pair, or but one clip of each. */
    static Optional<ReportTable> of(Results results, String method) {
        List<CandidateResults> others = results.candidates().stream()
                .filter(c -> !c.candidate().method().isEmpty() && !c.candidate().method().equals(method))
                .filter(c -> results.of(method, c.candidate().bits()).isPresent()).toList();
        if (others.isEmpty() || results.plan().samples().size() < 2) return Optional.empty();
        List<Measure> measures = Columns.of(others);
        var rows = new ArrayList<List<String>>();
        for (CandidateResults other : others) {
            CandidateResults base = results.of(method, other.candidate().bits()).orElseThrow();
            var row = new ArrayList<>(List.of(other.candidate().label()));
            measures.forEach(measure -> row.add(Columns.difference(other, base, measure)));
            rows.add(row);
        }
        var columns = new ArrayList<>(List.of("row"));
        measures.forEach(measure -> columns.add(Columns.heading(measure)));
        return Optional.of(new ReportTable("Differences to " + method,
                "Each row minus " + method + " at the same bits, clip by clip: mean ± standard error over "
                        + results.plan().samples().size() + " clips. Below zero in dB, PSNR and SSIM: worse than "
                        + method + ".",
                columns, rows));
    }
}
