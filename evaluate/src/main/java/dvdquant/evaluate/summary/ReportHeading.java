package dvdquant.evaluate.summary;

import dvdquant.core.machine.Machine;
import dvdquant.core.metrics.MeanWithError;
import dvdquant.evaluate.Results;
import dvdquant.evaluate.Results.CandidateResults;
import dvdquant.evaluate.plan.Plan;
import dvdquant.evaluate.report.Fact;
import dvdquant.evaluate.report.Heading;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.GenerationRequest;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import static java.util.stream.Collectors.joining;

/** What stands above a report: what was found, in a sentence, and how. */
public final class ReportHeading {
    private static final int NAMED_SIZES = 3;

    private ReportHeading() {}

    /**
     * @param program that made it, for who wants to run it again
     * @param command the command line
     */
    public static Heading of(String title, Results results, Map<String, String> program, String command) {
        Plan plan = results.plan();
        GenerationRequest request = plan.request();
        var facts = new ArrayList<>(List.of(new Fact("model", name(plan)),
                new Fact("clips", sizes(plan)),
                new Fact("steps", String.valueOf(request.sampling().steps())),
                new Fact("guidance", request.sampling().guidance().text()),
                new Fact("seeds", seeds(plan)),
                new Fact("computed in", plan.load().dtype().orElseThrow().name().toLowerCase(Locale.ROOT)),
                new Fact("device", device(plan)),
                new Fact("date", LocalDate.now().toString())));
        request.sampling().boundary().ifPresent(ratio -> facts.add(4, new Fact("boundary", String.valueOf(ratio))));
        request.sampling().flowShift().ifPresent(shift -> facts.add(4, new Fact("flow shift", String.valueOf(shift))));
        var manifest = new ArrayList<Fact>();
        program.forEach((key, value) -> manifest.add(new Fact(key, value)));
        manifest.add(new Fact("negative prompt", request.prompt().negative()));
        manifest.add(new Fact("cores", String.valueOf(Machine.current().cores())));
        results.candidates().stream().filter(c -> c.model().seconds() > 0).forEach(c -> manifest.add(
                new Fact("quantizing for " + c.candidate().label(), seconds(c.model().seconds())
                        + (c.model().calibrationSeconds() > 0
                                ? ", and calibration " + seconds(c.model().calibrationSeconds())
                                : ""))));
        return new Heading(title, summary(results), facts, List.of(command),
                manifest);
    }

    /** The folder's name: a report is passed on, and where the folder was is of no use elsewhere. */
    static String name(Plan plan) {
        return plan.model().toAbsolutePath().normalize().getFileName().toString();
    }

    private static String device(Plan plan) {
        return plan.load().onCpu() ? "cpu, " + Machine.current().cpu() : plan.device();
    }

    private static String sizes(Plan plan) {
        List<ClipSize> sizes = plan.sizes();
        return sizes.size() <= NAMED_SIZES
                ? sizes.stream().map(ClipSize::toString).collect(joining(", "))
                : sizes.size() + " sizes, the first " + sizes.getFirst();
    }

    private static String seeds(Plan plan) {
        return plan.samples().stream().map(sample -> String.valueOf(sample.seed())).distinct().collect(joining(", "));
    }

    private static String seconds(double seconds) {
        return String.format(Locale.ROOT, "%.1f s", seconds);
    }

    /** "Error of the final latents against full precision: …". */
    private static String summary(Results results) {
        List<CandidateResults> others = results.candidates().subList(1, results.candidates().size());
        String best = others.stream().map(c -> c.candidate().bits()).distinct().map(bits -> others.stream()
                .filter(c -> c.candidate().bits().equals(bits))
                .max((a, b) -> Double.compare(latentsDb(a), latentsDb(b))).orElseThrow())
                .map(c -> c.candidate().label() + " (" + decibels(latentsDb(c)) + ")")
                .collect(joining(", "));
        int clips = results.plan().samples().size();
        return "Nearest to full precision by the final latents, " + (clips == 1
                ? "of one clip: "
                : "mean of " + clips
                        + " clips: ")
                + best + ".";
    }

    private static String decibels(double db) {
        return Double.isInfinite(db) ? "equal" : String.format(Locale.ROOT, "%.1f dB", db);
    }

    private static double latentsDb(CandidateResults candidate) {
        return MeanWithError.of(candidate.each(clip -> clip.measured().fidelity().orElseThrow().latentsDb())).mean();
    }
}
