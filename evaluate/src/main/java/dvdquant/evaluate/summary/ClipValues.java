package dvdquant.evaluate.summary;

import dvdquant.evaluate.Results.ClipResults;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.store.Measured.Fidelity;
import dvdquant.models.pipeline.SampledSteps;
import dvdquant.models.pipeline.StepRecord;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

/** What was measured of one clip, as numbers. */
final class ClipValues {
    private ClipValues() {}

    static Map<Measure, Double> of(ClipResults clip) {
        var values = new EnumMap<Measure, Double>(Measure.class);
        clip.measured().fidelity().ifPresent(fidelity -> put(values, fidelity));
        values.put(Measure.FLICKER, clip.measured().flicker());
        new SampledSteps(clip.sampling().steps()).averageBits()
                .ifPresent(bits -> values.put(Measure.BITS_ACTIVATION, bits));
        values.put(Measure.SECONDS_STEP, secondsAStep(clip.sampling().steps()));
        return values;
    }

    /** Steps of the same bits count with their median: the first ones of a program are slow, whatever they compute. */
    private static double secondsAStep(List<StepRecord> steps) {
        Map<Integer, List<Double>> byBits = steps.stream().collect(
                groupingBy(StepRecord::activationBits, mapping(StepRecord::seconds, toList())));
        return byBits.values().stream().mapToDouble(seconds -> seconds.size() * median(seconds)).sum() / steps.size();
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static void put(Map<Measure, Double> values, Fidelity fidelity) {
        values.put(Measure.LATENTS_DB, fidelity.latentsDb());
        values.put(Measure.PSNR_DB, mean(fidelity.psnrDb()));
        values.put(Measure.PSNR_WORST_DB, Collections.min(fidelity.psnrDb()));
        values.put(Measure.SSIM, mean(fidelity.ssim()));
        values.put(Measure.SSIM_WORST, Collections.min(fidelity.ssim()));
        fidelity.lpips().ifPresent(lpips -> values.put(Measure.LPIPS, mean(lpips)));
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }
}
