package dvdquant.app.evaluate.summary;

import dvdquant.app.evaluate.Results.CandidateResults;
import dvdquant.app.evaluate.Results.ClipResults;
import dvdquant.app.report.Measure;
import dvdquant.core.metrics.MeanWithError;

import java.util.List;
import java.util.Locale;

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
        return switch (measure.unit()) {
            case DECIBEL -> measure.label() + ", dB";
            default -> measure.label();
        };
    }

    static double[] values(CandidateResults results, Measure measure) {
        return results.each((ClipResults clip) -> ClipValues.of(clip).get(measure));
    }

    /** As in "12.31 ± 0.20"; without the error where there is one clip. */
    static String mean(CandidateResults results, Measure measure) {
        return text(MeanWithError.of(values(results, measure)), measure, "%.");
    }

    /** Of {@code a} minus {@code b}, clip by clip: "−1.20 ± 0.15". */
    static String difference(CandidateResults a, CandidateResults b, Measure measure) {
        return text(MeanWithError.ofDifferences(values(a, measure), values(b, measure)), measure, "%+.");
    }

    private static String text(MeanWithError mean, Measure measure, String form) {
        int digits = measure.unit() == Measure.Unit.DECIBEL ? 2 : 3;
        String value = String.format(Locale.ROOT, form + digits + "f", mean.mean()).replace('-', '−');
        return mean.error().isEmpty()
                ? value
                : value + String.format(Locale.ROOT, " ± %." + digits + "f", mean.error().getAsDouble());
    }
}
