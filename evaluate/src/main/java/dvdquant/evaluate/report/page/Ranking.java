package dvdquant.evaluate.report.page;

import dvdquant.evaluate.report.Figure;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.Variant;

import java.util.List;

/** Says which values of the table are the best of their column. */
final class Ranking {
    private final List<Variant> variants;

    Ranking(List<Variant> variants) {
        this.variants = variants;
    }

    /**
     * Whether no variant of the same group does better, and one does worse, as far as the numbers shown tell. A reference takes
     * no part, and an emulated variant none in speed.
     */
    boolean isBest(Variant variant, Measure measure) {
        if (measure.better() == Measure.Better.UNRANKED || !ranks(variant, measure)) return false;
        List<Double> others = variants.stream().filter(v -> v.group().equals(variant.group()) && ranks(v, measure))
                .map(v -> goodness(v, measure)).toList();
        double own = goodness(variant, measure);
        return others.stream().allMatch(other -> other <= own) && others.stream().anyMatch(other -> other < own);
    }

    private static boolean ranks(Variant variant, Measure measure) {
        Figure figure = variant.figures().get(measure);
        if (figure == null || Double.isNaN(figure.value())) return false;
        return switch (variant.standing()) {
            case REFERENCE -> false;
            case GENUINE -> true;
            case EMULATED -> measure != Measure.SECONDS_STEP;
        };
    }

    /** Rounded as it is shown: what looks equal is equal. */
    private static double goodness(Variant variant, Measure measure) {
        double rounding = Math.pow(10, measure.unit().decimals());
        double value = Math.rint(variant.figures().get(measure).value() * rounding);
        return measure.better() == Measure.Better.LOWER ? -value : value;
    }
}
