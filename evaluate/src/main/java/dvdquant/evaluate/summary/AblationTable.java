package dvdquant.evaluate.summary;

import dvdquant.evaluate.Results;
import dvdquant.evaluate.Results.CandidateResults;
import dvdquant.evaluate.plan.Ablation;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.ReportTable;

import java.util.ArrayList;
import java.util.List;

/** The paper's two by two: what refined grids (BGR) and rotated, scaled activations (ARQ) bring, alone and together. */
final class AblationTable {
    private AblationTable() {}

    static ReportTable of(Results results, Ablation ablation) {
        List<CandidateResults> cells = results.candidates().stream()
                .filter(c -> ablation.cells().stream().anyMatch(cell -> cell.candidate().equals(c.candidate())))
                .toList();
        List<Measure> measures = Columns.of(cells);
        var columns = new ArrayList<>(List.of("bits", "BGR", "ARQ"));
        measures.forEach(measure -> columns.add(Columns.heading(measure)));
        var rows = new ArrayList<List<String>>();
        for (Ablation.Cell cell : ablation.cells()) {
            CandidateResults found = cells.stream().filter(c -> c.candidate().equals(cell.candidate())).findFirst()
                    .orElseThrow();
            var row = new ArrayList<>(List.of(cell.candidate().bits(), mark(cell.refined()), mark(cell.scaled())));
            measures.forEach(measure -> row.add(Columns.mean(found, measure)));
            rows.add(row);
        }
        return new ReportTable("Ablation", Ablation.MEANING, columns, rows);
    }

    private static String mark(boolean on) {
        return on ? "on" : "off";
    }
}
