package dvdquant.models.survey;

import dvdquant.core.quant.weights.ErrorHistogram;
import dvdquant.core.quant.weights.WeightError;

import java.util.OptionalDouble;

/**
 * What quantizing some weights costs, in the basis in which they were before: rotated back, not smoothed.
 *
 * @param stages what each stage of BGR gives with their bits, groups and rotation
 * @param stored ‖w − ŵ‖² of a quantized model, with its low-rank branch; empty if none was looked at
 * @param histogram of the stored weights' errors, or else of those of the last stage
 */
public record MeasuredErrors(WeightError stages, OptionalDouble stored, ErrorHistogram histogram) {
    static MeasuredErrors none() {
        return new MeasuredErrors(WeightError.NONE, OptionalDouble.empty(), new ErrorHistogram());
    }

    /** Of both together. */
    public MeasuredErrors plus(MeasuredErrors other) {
        var both = new ErrorHistogram();
        both.addAll(histogram);
        both.addAll(other.histogram);
        boolean any = stored.isPresent() || other.stored.isPresent();
        return new MeasuredErrors(stages.plus(other.stages),
                any ? OptionalDouble.of(stored.orElse(0) + other.stored.orElse(0)) : OptionalDouble.empty(), both);
    }

    /** Signal over stored error in decibels; infinite without an error. */
    public OptionalDouble storedDb() {
        if (stored.isEmpty()) return stored;
        double error = stored.getAsDouble();
        return OptionalDouble
                .of(error == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(stages.signal() / error));
    }

    /** By which part of MinMax's squared error the stored one is less; negative if it is more. */
    public OptionalDouble storedReduction() {
        if (stored.isEmpty() || stages.minMax() == 0) return OptionalDouble.empty();
        return OptionalDouble.of(1 - stored.getAsDouble() / stages.minMax());
    }
}
