package dvdquant.app.report.page;

import dvdquant.app.report.Figure;
import dvdquant.app.report.Measure;
import dvdquant.app.report.Measure.Unit;

import java.util.Locale;

/** How numbers are written for people. */
final class Numbers {
    private Numbers() {}

    /** With its unit: "31.4 dB", "4.6 MB". */
    static String withUnit(Measure measure, double value) {
        return switch (measure.unit()) {
            case DECIBEL -> plain(Unit.DECIBEL, value) + " dB";
            case SECONDS -> value < 1 ? fixed(value * 1000, value < 0.01 ? 2 : 0) + " ms" : fixed(value, 2) + " s";
            case NUMBER_1, NUMBER_2, NUMBER_3, SHARE, BYTES -> plain(measure.unit(), value);
        };
    }

    /** As in the table, where the column's head names the unit. */
    static String plain(Unit unit, double value) {
        return switch (unit) {
            case NUMBER_1, DECIBEL -> fixed(value, 1);
            case NUMBER_2 -> fixed(value, 2);
            case NUMBER_3, SHARE, SECONDS -> fixed(value, 3);
            case BYTES -> bytes(value);
        };
    }

    /** What stands behind a figure in small print: "± 0.4", "0.60 – 0.78"; empty where it is exact. */
    static String spread(Unit unit, Figure figure) {
        return switch (figure) {
            case Figure.Exact _ -> "";
            case Figure.Mean mean -> mean.count() < 2 ? "" : "± " + plain(unit, mean.standardError());
            case Figure.Share share -> fixed(share.low(), 2) + " – " + fixed(share.high(), 2);
        };
    }

    /** Decimal, as file managers count: "4.6 MB". */
    static String bytes(double value) {
        if (value < 1e3) return fixed(value, 0) + " B";
        if (value < 1e6) return fixed(value / 1e3, 1) + " kB";
        if (value < 1e9) return fixed(value / 1e6, 1) + " MB";
        return fixed(value / 1e9, 2) + " GB";
    }

    static String fixed(double value, int decimals) {
        if (!Double.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "not a number";
        String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
        return text.matches("-0(\\.0+)?") ? text.substring(1) : text.replace('-', '−');
    }

    /** A coordinate or attribute: at most two decimals, no exponent. */
    static String coordinate(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }
}
