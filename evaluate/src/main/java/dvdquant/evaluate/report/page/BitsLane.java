package dvdquant.evaluate.report.page;

import dvdquant.evaluate.report.Step;
import dvdquant.evaluate.report.Variant;

import java.util.List;
import java.util.TreeSet;

/** The bits of one variant's activations over the steps, as bars; a cross stands for a step that was skipped. */
record BitsLane(String id, Variant variant, Look look, int count) {
    private static final double WIDTH = 360;
    private static final double LEFT = 38;
    private static final double RIGHT = 10;
    private static final double TOP = 6;
    private static final double FLOOR = 52;
    private static final double HEIGHT = 68;

    void draw(Markup out) {
        List<Step> steps = variant.traces().steps();
        double most = Math.max(8, steps.stream().mapToDouble(Step::bits).max().orElse(8));
        double stride = (WIDTH - LEFT - RIGHT) / Math.max(1, count);
        String title = "Bits over steps: " + variant.label();
        out.open("svg", "class", "chart", "viewBox", "0 0 360 68", "role", "img", "aria-labelledby",
                id + "-title " + id + "-desc");
        out.element("title", title, "id", id + "-title").element("desc", description(steps), "id", id + "-desc");
        levels(out, steps, most);
        out.open("g", look.attributes("bars"));
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            double x = LEFT + i * stride;
            if (step.skipped()) {
                cross(out, x + stride / 2, i);
            } else {
                bar(out, x, stride, y(step.bits(), most), i + 1, step);
            }
        }
        out.close();
        Axis across = Axis.counting(1, Math.max(count, 1), 8);
        for (double tick : across.ticks()) {
            out.element("text", across.label(tick), "x", Markup.coordinate(LEFT + (tick - 0.5) * stride), "y",
                    Markup.coordinate(HEIGHT - 3), "text-anchor", "middle");
        }
        out.close().line();
    }

    private static double y(double bits, double most) {
        return FLOOR - bits / most * (FLOOR - TOP);
    }

    private static void levels(Markup out, List<Step> steps, double most) {
        var levels = new TreeSet<Long>();
        steps.stream().filter(step -> !step.skipped()).forEach(step -> levels.add(Math.round(step.bits())));
        if (levels.size() > 4) levels.retainAll(List.of(levels.first(), levels.last()));
        for (long level : levels) {
            double y = y(level, most);
            out.open("path", "class", "grid", "d", "M38 " + Markup.coordinate(y) + "H350").close();
            out.element("text", Long.toString(level), "x", "32", "y", Markup.coordinate(y + 4), "text-anchor", "end");
        }
    }

    private static void bar(Markup out, double x, double stride, double y, int number, Step step) {
        double gap = Math.min(1, stride / 8);
        out.open("rect", "x", Markup.coordinate(x + gap), "y", Markup.coordinate(y), "width",
                Markup.coordinate(stride - 2 * gap), "height", Markup.coordinate(FLOOR - y));
        out.element("title", "step " + number + ": " + Markup.coordinate(step.bits()) + " bits").close();
    }

    private static void cross(Markup out, double x, int index) {
        String at = Markup.coordinate(x - 3) + " " + Markup.coordinate(FLOOR - 9);
        out.open("path", "class", "skipped", "d", "M" + at + "l6 6m0 -6l-6 6");
        out.element("title", "step " + (index + 1) + ": skipped").close();
    }

    private static String description(List<Step> steps) {
        var text = new StringBuilder();
        for (Step step : steps) {
            text.append(text.isEmpty() ? "" : ", ")
                    .append(step.skipped() ? "skipped" : Markup.coordinate(step.bits()));
        }
        return text.toString();
    }
}
