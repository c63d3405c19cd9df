package dvdquant.benchmarks;

import dvdquant.benchmarks.Roofline.Mark;
import dvdquant.benchmarks.Roofline.Series;
import dvdquant.core.InputException;
import dvdquant.core.io.StagedPath;
import dvdquant.measure.Peak;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** A {@link Roofline} as SVG: operations a byte across, TOP/s up, both by powers of ten. Follows the reader's light or dark. */
public final class RooflinePicture {
    private static final double WIDTH = 760;
    private static final double LEFT = 62;
    private static final double RIGHT = 18;
    private static final double PLOT_HEIGHT = 350;
    private static final double LINE = 18;
    private static final int SHAPES_A_LINE = 4;
    private static final double BOTTOM = 48;
    private static final double DIGIT = 7;
    private static final String STYLE = """
            text { font: 13px system-ui, sans-serif; fill: #24292f }
            .title { font-size: 15px; font-weight: 600 }
            .small { font-size: 12px }
            .number { font-size: 11px }
            .page { fill: #ffffff }
            .grid { stroke: #d8dee4; fill: none }
            .roof { stroke: #57606a; stroke-width: 1.5; fill: none }
            .OURS { fill: #0969da } .FP8 { fill: #bc4c00 } .INT8 { fill: #8250df } .BF16 { fill: #1a7f37 }
            @media (prefers-color-scheme: dark) {
              text { fill: #e6edf3 }
              .page { fill: #0d1117 }
              .grid { stroke: #30363d }
              .roof { stroke: #9198a1 }
              .OURS { fill: #58a6ff } .FP8 { fill: #ffa657 } .INT8 { fill: #d2a8ff } .BF16 { fill: #56d364 }
            }
            """;

    private final Roofline roofline;
    /** Each once, in the order in which they come; marks have their numbers. */
    private final List<String> shapes;
    private final double top;
    private final double bottom;
    private final LogScale across;
    private final LogScale up;
    private final LabelPlaces labels = new LabelPlaces();
    private final StringBuilder out = new StringBuilder();

    private RooflinePicture(Roofline roofline) {
        this.roofline = roofline;
        shapes = roofline.marks().stream().map(Mark::shape).distinct().toList();
        top = 86 + LINE * Math.ceilDiv(shapes.size(), SHAPES_A_LINE);
        bottom = top + PLOT_HEIGHT;
        double mostIntense = roofline.marks().stream().mapToDouble(Mark::intensity).max().orElse(1000);
        double fastest = DoubleStream.concat(roofline.marks().stream().mapToDouble(Mark::rate),
                roofline.peak().stream().mapToDouble(Peak::int8)).max().orElse(1000);
        double slowest = roofline.marks().stream().mapToDouble(Mark::rate).min().orElse(100);
        across = new LogScale(Math.min(100, leastIntense() / 2), Math.max(4000, 1.5 * mostIntense), LEFT,
                WIDTH - RIGHT);
        up = new LogScale(Math.min(100, slowest / 2), 1.4 * fastest, bottom, top);
    }

    private double leastIntense() {
        return roofline.marks().stream().mapToDouble(Mark::intensity).min().orElse(100);
    }

    /** @throws InputException if the file cannot be written */
    public static void write(Roofline roofline, Path target) {
        StagedPath.write(target, svg(roofline));
    }

    static String svg(Roofline roofline) {
        return new RooflinePicture(roofline).draw();
    }

    private String draw() {
        add("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-labelledby=\"t\">\n",
                WIDTH, bottom + BOTTOM);
        add("<title id=\"t\">%s</title>\n<style>\n%s</style>\n", escaped(roofline.title()), STYLE);
        add("<rect class=\"page\" width=\"100%%\" height=\"100%%\"/>\n");
        text("title", LEFT, 24, "start", roofline.title());
        legend();
        axes();
        roofs();
        roofline.marks().forEach(mark -> labels.addMark(across.place(mark.intensity()), up.place(mark.rate())));
        roofline.marks().forEach(this::mark);
        return out.append("</svg>\n").toString();
    }

    private void legend() {
        double x = LEFT;
        for (Series series : Series.values()) {
            if (roofline.marks().stream().noneMatch(mark -> mark.series() == series)) continue;
            shape(series, x + 6, 44, "");
            text("small", x + 16, 48, "start", series.label());
            x += 125;
        }
        for (int i = 0; i < shapes.size(); i++) {
            text("small", LEFT + 172 * (i % SHAPES_A_LINE), 70 + LINE * (i / SHAPES_A_LINE), "start",
                    i + 1 + ": " + shapes.get(i));
        }
    }

    private void axes() {
        for (double tick : across.ticks()) {
            add("<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>\n", across.place(tick), top, bottom);
            text("small", across.place(tick), bottom + 18, "middle", LogScale.label(tick));
        }
        for (double tick : up.ticks()) {
            add("<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>\n", LEFT, up.place(tick), WIDTH - RIGHT);
            text("small", LEFT - 8, up.place(tick) + 4, "end", LogScale.label(tick));
        }
        text("small", LEFT, bottom + BOTTOM - 8, "start",
                "limits: memory as copied, tensor cores at the highest clock");
        text("small", WIDTH - RIGHT, bottom + BOTTOM - 8, "end", "operations a byte, each number moved once");
        text("small", 8, top - 8, "start", "TOP/s");
    }

    private void roofs() {
        double tallest = roofline.peak().map(Peak::int8).orElse(up.high());
        double from = Math.max(across.low(), up.low() * 1e3 / roofline.copyRate());
        double to = Math.min(across.high(), tallest * 1e3 / roofline.copyRate());
        if (from < to) {
            add("<path class=\"roof\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", across.place(from),
                    up.place(roofline.memoryRoof(from)), across.place(to), up.place(roofline.memoryRoof(to)));
            double middle = Math.sqrt(from * to);
            text("small", across.place(middle) - 8, up.place(roofline.memoryRoof(middle)) - 4, "end",
                    String.format(Locale.ROOT, "copy: %.0f GB/s", roofline.copyRate()));
        }
        roofline.peak().ifPresent(peak -> {
            roof(peak.int8(), "int8, fp8");
            roof(peak.bf16(), "bf16");
        });
    }

    private void roof(double rate, String label) {
        double from = Math.max(across.low(), rate * 1e3 / roofline.copyRate());
        add("<path class=\"roof\" d=\"M%.1f %.1fH%.1f\"/>\n", across.place(Math.min(from, across.high())),
                up.place(rate), WIDTH - RIGHT);
        text("small", across.place(Math.min(from, across.high())) + 4, up.place(rate) - 5, "start",
                String.format(Locale.ROOT, "%s: %.0f TOP/s", label, rate));
    }

    private void mark(Mark mark) {
        String title = String.format(Locale.ROOT, "<title>%s, %s: %.0f TOP/s, %.0f operations a byte</title>",
                mark.series().label(), mark.shape(), mark.rate(), mark.intensity());
        double x = across.place(mark.intensity());
        double y = up.place(mark.rate());
        shape(mark.series(), x, y, title);
        String number = String.valueOf(1 + shapes.indexOf(mark.shape()));
        LabelPlaces.Box place = labels.place(x, y, DIGIT * number.length());
        text("number " + mark.series().name(), place.x(), place.y() + 4, "middle", number);
    }

    /** A form a series, for those who do not tell colours apart. */
    private void shape(Series series, double x, double y, String inside) {
        String path = switch (series) {
            case OURS -> String.format(Locale.ROOT, "M%.1f %.1fl6 6 -6 6 -6 -6z", x, y - 6);
            case FP8 -> String.format(Locale.ROOT, "M%.1f %.1fl5.5 10h-11z", x, y - 6);
            case INT8 -> String.format(Locale.ROOT, "M%.1f %.1fh9v9h-9z", x - 4.5, y - 4.5);
            case BF16 -> String.format(Locale.ROOT, "M%.1f %.1fa5 5 0 1 0 10 0a5 5 0 1 0 -10 0z", x - 5, y);
        };
        add("<path class=\"%s\" fill-opacity=\"0.85\" d=\"%s\">%s</path>\n", series.name(), path, inside);
    }

    private void text(String style, double x, double y, String anchor, String text) {
        add("<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", style, x, y, anchor,
                escaped(text));
    }

    private void add(String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /**
     * Powers of ten at equal distances.
     *
     * @param from the coordinate of {@code low}, as {@code to} of {@code high}
     */
    record LogScale(double low, double high, double from, double to) {
        double place(double value) {
            return from + Math.log(value / low) / Math.log(high / low) * (to - from);
        }

        /** 1, 2 and 5 times powers of ten. */
        List<Double> ticks() {
            return DoubleStream.iterate(Math.pow(10, Math.floor(Math.log10(low))), power -> power <= high,
                    power -> 10 * power)
                    .flatMap(power -> DoubleStream.of(power, 2 * power, 5 * power))
                    .filter(tick -> tick >= low * 0.999 && tick <= high * 1.001).boxed().toList();
        }

        static String label(double tick) {
            return tick >= 1 ? String.format(Locale.ROOT, "%,.0f", tick) : String.valueOf(tick);
        }
    }
}
