package dvdquant.evaluate.report.page;

import dvdquant.evaluate.report.Numbers;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * Values over a count: of steps, frames or blocks.
 *
 * @param first the count of the first value
 * @param acrossName what is counted
 * @param upName the unit of the values, or what they are
 */
record LineChart(String id, String title, int first, String acrossName, String upName, List<Line> lines) {
    /** At most this many markers a line: more would hide it. */
    private static final int MARKED = 25;
    /** A small drawing has none on lines of more values. */
    private static final int MARKED_WHEN_SMALL = 60;

    /**
     * A variant's values.
     *
     * @param values in order; an empty one interrupts the line
     */
    record Line(String label, Look look, List<OptionalDouble> values) {
        boolean isEmpty() {
            return values.stream().noneMatch(OptionalDouble::isPresent);
        }
    }

    /** The size of a chart that fills the width of a phone. */
    static final double WIDTH = 360;
    static final double HEIGHT = 230;

    private int count() {
        return lines.stream().mapToInt(line -> line.values().size()).max().orElse(1);
    }

    private PlotArea area(double width, double height, int ticks) {
        double[] values = lines.stream().flatMap(line -> line.values().stream()).filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble).filter(Double::isFinite).toArray();
        double min = IntStream.range(0, values.length).mapToDouble(i -> values[i]).min().orElse(0);
        double max = IntStream.range(0, values.length).mapToDouble(i -> values[i]).max().orElse(1);
        return new PlotArea(width, height, Axis.counting(first, first + count() - 1, ticks), Axis.around(min, max, 4));
    }

    void draw(Markup out) {
        PlotArea area = area(WIDTH, HEIGHT, 6);
        area.open(out, id, title, description());
        area.axes(out, acrossName, upName);
        lines.forEach(line -> draw(out, area, line, true));
        out.close().line();
    }

    /** With a line across it that the script moves to the frame being shown. */
    void drawWithCursor(Markup out) {
        PlotArea area = area(WIDTH, HEIGHT, 6);
        double start = area.x(first);
        area.open(out, id, title, description(), "data-start", Markup.coordinate(start), "data-stride",
                Markup.coordinate(area.x(first + 1) - start));
        area.axes(out, acrossName, upName);
        lines.forEach(line -> draw(out, area, line, true));
        String x = Markup.coordinate(start);
        out.open("line", "class", "cursor", "x1", x, "x2", x, "y1", "16", "y2", Markup.coordinate(HEIGHT - 32))
                .close();
        out.close().line();
    }

    /** Smaller, as one of several that share the scale {@code up}. */
    void drawSmall(Markup out, Axis up) {
        var area = new PlotArea(200, 150, Axis.counting(first, first + count() - 1, 4), up);
        area.open(out, id, title, description());
        area.axes(out, acrossName, upName);
        lines.forEach(line -> draw(out, area, line, line.values().size() <= MARKED_WHEN_SMALL));
        out.close().line();
    }

    private void draw(Markup out, PlotArea area, Line line, boolean marked) {
        out.open("g", line.look().attributes("series"));
        var path = new StringBuilder();
        boolean drawn = false;
        for (int i = 0; i < line.values().size(); i++) {
            OptionalDouble value = line.values().get(i);
            boolean present = value.isPresent() && Double.isFinite(value.getAsDouble());
            if (present) {
                path.append(drawn ? 'L' : 'M').append(Markup.coordinate(area.x(first + i))).append(' ')
                        .append(Markup.coordinate(area.y(value.getAsDouble())));
            }
            drawn = present;
        }
        out.open("path", "class", "line", "d", path.toString()).close();
        if (marked) markers(out, area, line);
        out.close();
    }

    private void markers(Markup out, PlotArea area, Line line) {
        for (int i = 0; i < line.values().size(); i += Math.ceilDiv(line.values().size(), MARKED)) {
            OptionalDouble value = line.values().get(i);
            if (value.isEmpty() || !Double.isFinite(value.getAsDouble())) continue;
            String marker = line.look().markerAt(area.x(first + i), area.y(value.getAsDouble()));
            out.open("path", "class", "marker", "d", marker);
            out.element("title", line.label() + ", " + acrossName + " " + (first + i) + ": "
                    + Numbers.fixed(value.getAsDouble(), 2)).close();
        }
    }

    private String description() {
        var text = new StringBuilder(upName + " over " + acrossName + ". ");
        for (Line line : lines) {
            double[] values = line.values().stream().filter(OptionalDouble::isPresent)
                    .mapToDouble(OptionalDouble::getAsDouble).toArray();
            if (values.length == 0) continue;
            text.append(line.label()).append(": from ").append(Numbers.fixed(values[0], 2)).append(" to ")
                    .append(Numbers.fixed(values[values.length - 1], 2)).append(". ");
        }
        return text.toString().strip();
    }
}
