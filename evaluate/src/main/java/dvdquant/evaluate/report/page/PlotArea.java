package dvdquant.evaluate.report.page;

import java.util.ArrayList;
import java.util.List;

/**
 * A drawing with room for the labels of its axes. Units are about a pixel: drawings are made in the size in which a phone shows
 * them, and stand side by side where there is more room.
 */
record PlotArea(double width, double height, Axis across, Axis up) {
    private static final double LEFT = 38;
    private static final double RIGHT = 10;
    private static final double TOP = 22;
    private static final double BOTTOM = 32;

    double x(double value) {
        return across.place(value, LEFT, width - RIGHT);
    }

    double y(double value) {
        return up.place(value, height - BOTTOM, TOP);
    }

    /** Begins the drawing; the caller closes it. */
    void open(Markup out, String id, String title, String description, String... attributes) {
        var all = new ArrayList<>(List.of("class", "chart", "viewBox",
                "0 0 " + Markup.coordinate(width) + " " + Markup.coordinate(height), "role", "img",
                "aria-labelledby", id + "-title " + id + "-desc"));
        all.addAll(List.of(attributes));
        out.open("svg", all.toArray(String[]::new));
        out.element("title", title, "id", id + "-title").element("desc", description, "id", id + "-desc");
    }

    /** Grid lines with the numbers of both axes, and the names of what they count. */
    void axes(Markup out, String acrossName, String upName) {
        for (double tick : up.ticks()) {
            out.open("path", "class", "grid", "d", "M" + Markup.coordinate(LEFT) + " "
                    + Markup.coordinate(y(tick)) + "H" + Markup.coordinate(width - RIGHT)).close();
            label(out, up.label(tick), LEFT - 6, y(tick) + 4, "end");
        }
        for (double tick : across.ticks()) {
            label(out, across.label(tick), x(tick), height - BOTTOM + 16, "middle");
        }
        label(out, upName, LEFT - 6, 11, upName.length() > 4 ? "start" : "end");
        label(out, acrossName, width - RIGHT, height - 2, "end");
    }

    private static void label(Markup out, String text, double x, double y, String anchor) {
        out.element("text", text, "x", Markup.coordinate(anchor.equals("start") ? 2 : x), "y",
                Markup.coordinate(y), "text-anchor", anchor);
    }
}
