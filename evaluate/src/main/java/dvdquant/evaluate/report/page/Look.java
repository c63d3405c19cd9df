package dvdquant.evaluate.report.page;

import dvdquant.evaluate.report.Report;
import dvdquant.evaluate.report.Standing;
import dvdquant.evaluate.report.Variant;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a variant looks wherever it appears: color and, for who cannot tell colors, a marker and a dash of its own.
 *
 * @param variant its place in the report
 * @param style classes of the style sheet
 * @param marker which of {@link #MARKERS}
 */
record Look(int variant, String style, int marker) {
    private static final int COLORS = 7;
    /** Shapes around (0, 0): circle, square, triangle, diamond, triangle on its tip. */
    private static final List<String> MARKERS = List.of("a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0 -5.6 0z", "v2.5h5v-5h-5z",
            "m-.4 2.4h6.4l-3.2 -5.6z", "l3.4 3.4 3.4 -3.4 -3.4 -3.4z", "m-.4 -2.4h6.4l-3.2 5.6z");
    private static final List<Double> MARKER_LEFT = List.of(2.8, 2.5, 2.8, 3.4, 2.8);

    /** The looks of all variants, by label. The reference is gray. */
    static Map<String, Look> of(Report report) {
        var looks = new LinkedHashMap<String, Look>();
        int colored = 0;
        for (int i = 0; i < report.variants().size(); i++) {
            Variant variant = report.variants().get(i);
            if (variant.standing() == Standing.REFERENCE) {
                looks.put(variant.label(), new Look(i, "sr", 0));
            } else {
                int round = colored / COLORS;
                String style = "s" + colored % COLORS + (round > 0 ? " dash" + Math.min(round, 3) : "");
                looks.put(variant.label(), new Look(i, style, colored % MARKERS.size()));
                colored++;
            }
        }
        return looks;
    }

    /** Attributes of an element that stands for the variant; {@code classes} are those it has besides. */
    String[] attributes(String classes, String... others) {
        var all = new ArrayList<>(
                List.of("class", classes + " " + style, "data-variant", Integer.toString(variant)));
        all.addAll(List.of(others));
        return all.toArray(String[]::new);
    }

    /** The outline of its marker at a point of a drawing. */
    String markerAt(double x, double y) {
        return "M" + Markup.coordinate(x - MARKER_LEFT.get(marker)) + " " + Markup.coordinate(y)
                + MARKERS.get(marker);
    }

    /** A small sign that goes before its name. */
    void swatch(Markup out) {
        out.open("svg", "class", "swatch " + style, "viewBox", "0 0 18 10", "width", "18", "height", "10",
                "aria-hidden", "true");
        out.open("path", "class", "line", "d", "M0 5H18").close();
        out.open("path", "class", "marker", "d", markerAt(9, 5)).close();
        out.close();
    }
}
