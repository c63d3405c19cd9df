package dvdquant.evaluate.summary;

import dvdquant.core.metrics.MeanWithError;
import dvdquant.evaluate.Results.CandidateResults;
import dvdquant.evaluate.Results.ClipResults;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.Numbers;

import java.util.List;

/** Cells of the further tables. */
final class Columns {
    /** What the further tables compare by. */
    static final List<Measure> COMPARED = List.of(Measure.LATENTS_DB, Measure.PSNR_DB, Measure.SSIM, Measure.LPIPS);

    private Columns() {}

    /** Those of {@link #COMPARED} that all clips have. */
    static List<Measure> of(List<CandidateResults> results) {
        return COMPARED.stream().filter(measure -> results.stream().flatMap(r -> r.clips().stream())
                .allMatch(clip -> ClipValues.of(clip).containsKey(measure))).toList();
    }

    static String heading(Measure measure) {
        String symbol = measure.unit().symbol();
        return symbol.isEmpty() ? measure.label() : measure.label() + ", " + symbol;
    }

    static double[] values(CandidateResults results, Measure measure) {
        return results.each((ClipResults clip) -> ClipValues.of(clip).get(measure));
    }

    /** As in "12.3 ± 0.2"; without the error where there is one clip. */
    static String mean(CandidateResults results, Measure measure) {
        MeanWithError mean = MeanWithError.of(values(results, measure));
        return Numbers.plain(measure.unit(), mean.mean()) + error(mean, measure);
    }

    /** Of {@code a} minus {@code b}, clip by clip: "−1.2 ± 0.2". */
    static String difference(CandidateResults a, CandidateResults b, Measure measure) {
        MeanWithError mean = MeanWithError.ofDifferences(values(a, measure), values(b, measure));
        return Numbers.signed(measure.unit(), mean.mean()) + error(mean, measure);
    }

    private static String error(MeanWithError mean, Measure measure) {
        return mean.error().isEmpty() ? "" : " ± " + Numbers.plain(measure.unit(), mean.error().getAsDouble());
    }
}
