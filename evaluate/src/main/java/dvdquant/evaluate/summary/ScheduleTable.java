package dvdquant.evaluate.summary;

import dvdquant.evaluate.Results;
import dvdquant.evaluate.Results.CandidateResults;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.ReportTable;
import dvdquant.models.pipeline.SampledSteps;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** δ-GBS beside schedules that are fixed beforehand. */
final class ScheduleTable {
    private ScheduleTable() {}

    /** @param candidates δ-GBS first */
    static ReportTable of(Results results, List<Candidate> candidates) {
        List<CandidateResults> rows = candidates.stream().map(candidate -> results.candidates().stream()
                .filter(c -> c.candidate().equals(candidate)).findFirst().orElseThrow()).toList();
        CandidateResults guided = rows.getFirst();
        List<Measure> measures = Columns.of(rows);
        var columns = new ArrayList<>(List.of("row", "bits of the first clip's steps", "average"));
        measures.forEach(measure -> columns.add(Columns.heading(measure)));
        columns.add("Latents, minus δ-GBS");
        var cells = new ArrayList<List<String>>();
        for (CandidateResults row : rows) {
            var line = new ArrayList<>(List.of(row.candidate().label(),
                    new SampledSteps(row.clips().getFirst().sampling().steps()).schedule(), averageBits(row)));
            measures.forEach(measure -> line.add(Columns.mean(row, measure)));
            line.add(row == guided ? "" : Columns.difference(row, guided, Measure.LATENTS_DB));
            cells.add(line);
        }
        return new ReportTable("Schedules",
                "δ-guided bit switching beside fixed schedules that aim at the same average bits. "
                        + "Differences are clip by clip: mean ± standard error.",
                columns, cells);
    }

    private static String averageBits(CandidateResults row) {
        double mean = row.clips().stream()
                .mapToDouble(clip -> new SampledSteps(clip.sampling().steps()).averageBits().orElse(0)).average()
                .orElseThrow();
        return String.format(Locale.ROOT, "%.2f", mean);
    }
}
