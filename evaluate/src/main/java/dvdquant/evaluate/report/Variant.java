package dvdquant.evaluate.report;

import java.util.Map;

/**
 * One way of running the model: a row of the table.
 *
 * @param label unique and short: "full precision", "W4A8 dvd-quant"
 * @param method as on the command line; empty for full precision
 * @param group the best value of a column is marked among the variants of one group, so a group is a bit-width: "W4A4"; empty
 *        where all are compared with all
 * @param figures what was measured; a measure that is missing was not
 */
public record Variant(String label, String method, String group, Standing standing, Map<Measure, Figure> figures,
        Traces traces) {
    /**
     * @throws IllegalArgumentException if a share is given as a mean, or a mean as a share
     */
    public Variant {
        figures = Map.copyOf(figures);
        figures.forEach((measure, figure) -> {
            boolean fits = switch (figure) {
                case Figure.Exact _ -> true;
                case Figure.Mean _ -> measure.unit() != Measure.Unit.SHARE;
                case Figure.Share _ -> measure.unit() == Measure.Unit.SHARE;
            };
            if (!fits) throw new IllegalArgumentException(measure + " of " + label + " is given as " + figure);
        });
    }
}
