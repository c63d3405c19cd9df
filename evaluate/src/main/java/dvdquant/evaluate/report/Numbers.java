package dvdquant.evaluate.report;

import dvdquant.evaluate.report.Measure.Unit;

import java.util.Locale;

/** How numbers are written for people: on the page, and in the tables that are printed. */
public final class Numbers {
    private Numbers() {}

    /** With its unit: "31.4 dB", "0.310 s", "4.6 MB". */
    public static String withUnit(Unit unit, double value) {
        return unit.symbol().isEmpty() ? plain(unit, value) : plain(unit, value) + " " + unit.symbol();
    }

    /** As in a table, where the column's head names the unit. */
    public static String plain(Unit unit, double value) {
        return unit == Unit.BYTES ? bytes(value) : fixed(value, unit.decimals());
    }

    /** A difference: "+0.3", "−1.2". */
    public static String signed(Unit unit, double value) {
        String text = plain(unit, value);
        return text.startsWith("−") ? text : "+" + text;
    }

    /** What stands behind a figure in small print: "± 0.4", "0.60 – 0.78"; empty where it is exact. */
    public static String spread(Unit unit, Figure figure) {
        return switch (figure) {
            case Figure.Exact _ -> "";
            case Figure.Mean mean -> mean.count() < 2 ? "" : "± " + plain(unit, mean.standardError());
            case Figure.Share share -> bound(share.low()) + " – " + bound(share.high());
        };
    }

    /** An end of a share's interval, which needs fewer decimals than the share. */
    public static String bound(double share) {
        return fixed(share, 2);
    }

    /** Decimal, as file managers count: "4.6 MB". */
    private static String bytes(double value) {
        if (value < 1e3) return fixed(value, 0) + " B";
        if (value < 1e6) return fixed(value / 1e3, 1) + " kB";
        if (value < 1e9) return fixed(value / 1e6, 1) + " MB";
        return fixed(value / 1e9, 2) + " GB";
    }

    public static String fixed(double value, int decimals) {
        if (!Double.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "not a number";
        String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
        return text.matches("-0(\\.0+)?") ? text.substring(1) : text.replace('-', '−');
    }
}
