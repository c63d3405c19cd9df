package dvdquant.evaluate.summary;

import dvdquant.core.metrics.Share;
import dvdquant.evaluate.Results;
import dvdquant.evaluate.Results.CandidateResults;
import dvdquant.evaluate.judge.Attribute;
import dvdquant.evaluate.judge.JudgeAccuracy;
import dvdquant.evaluate.judge.JudgeCaption;
import dvdquant.evaluate.judge.JudgedClip;
import dvdquant.evaluate.report.ReportTable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Which attributes of the captions the judge sees in the clips. */
final class JudgeTable {
    private JudgeTable() {}

    /** Those clips of a candidate that the judge was asked about. */
    static List<JudgedClip> clips(CandidateResults results, Map<String, JudgeCaption> captions) {
        return results.clips().stream().filter(clip -> clip.measured().judgement().isPresent())
                .map(clip -> new JudgedClip(captions.get(clip.sample().prompt()),
                        clip.measured().judgement().orElseThrow()))
                .toList();
    }

    /** Empty where the judge was not asked, or about one clip. */
    static Optional<ReportTable> of(Results results, Map<String, JudgeCaption> captions) {
        if (clips(results.reference(), captions).size() < 2) return Optional.empty();
        var columns = new ArrayList<>(List.of("row"));
        Arrays.stream(Attribute.values()).map(Attribute::key).forEach(columns::add);
        List<List<String>> rows = results.candidates().stream().map(candidate -> row(candidate, captions)).toList();
        return Optional.of(new ReportTable("The judge, by attribute",
                "Share of the clips in which it sees that part of the caption, with its 95 % interval.", columns,
                rows));
    }

    private static List<String> row(CandidateResults candidate, Map<String, JudgeCaption> captions) {
        JudgeAccuracy accuracy = JudgeAccuracy.of(clips(candidate, captions));
        var row = new ArrayList<>(List.of(candidate.candidate().label()));
        accuracy.byAttribute().values().forEach(share -> row.add(text(share)));
        return row;
    }

    private static String text(Share share) {
        return String.format(Locale.ROOT, "%.2f [%.2f, %.2f]", share.value(), share.low(), share.high());
    }
}
