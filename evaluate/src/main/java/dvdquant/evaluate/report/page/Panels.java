package dvdquant.evaluate.report.page;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Small drawings side by side, with one legend. */
final class Panels {
    private Panels() {}

    /** What a line stands for in all of them. */
    record Series(String label, Look look) {
        LineChart.Line line(DoubleStream values) {
            return new LineChart.Line(label, look, values.mapToObj(OptionalDouble::of).toList());
        }

        LineChart.Line line(float[] values) {
            return line(stream(values));
        }
    }

    static void legend(Markup out, List<Series> series) {
        out.open("div", "class", "legend").open("div");
        for (Series one : series) {
            out.open("span", "class", "chip");
            one.look().swatch(out);
            out.element("span", one.label()).close();
        }
        out.close().close().line();
    }

    static void panel(Markup out, LineChart chart, Axis up) {
        out.open("div").element("h4", chart.title());
        chart.drawSmall(out, up);
        out.close();
    }

    /** From 0 to the largest value of any line. */
    static Axis axis(List<LineChart.Line> lines, int ticks) {
        return Axis.around(0, lines.stream().flatMap(line -> line.values().stream())
                .mapToDouble(value -> value.orElse(0)).max().orElse(1), ticks);
    }

    static DoubleStream stream(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]);
    }
}
