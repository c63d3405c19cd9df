package dvdquant.evaluate.summary;

import dvdquant.evaluate.Results;
import dvdquant.evaluate.judge.JudgeCaption;
import dvdquant.evaluate.plan.Ablation;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.report.ReportTable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tables beside that of the candidates.
 *
 * @param schedules to be compared, δ-GBS first; none if they are not
 */
public record Tables(Optional<Ablation> ablation, List<Candidate> schedules) {
    /** Differences to dvd-quant or to the first row, and what the judge says by attribute. */
    public static final Tables NONE = new Tables(Optional.empty(), List.of());

    /** @param captions by prompt, those that the judge was asked about */
    List<ReportTable> of(Results results, Map<String, JudgeCaption> captions) {
        var tables = new ArrayList<>(PairedTable.of(results));
        JudgeTable.of(results, captions).ifPresent(tables::add);
        ablation.ifPresent(cells -> tables.add(AblationTable.of(results, cells)));
        if (!schedules.isEmpty()) tables.add(ScheduleTable.of(results, schedules));
        return tables;
    }
}
