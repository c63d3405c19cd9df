package dvdquant.app.inspect;

import dvdquant.core.quant.weights.ErrorHistogram;

import java.io.PrintWriter;
import java.util.Locale;

/** A histogram of errors as bars of text. */
final class HistogramBars {
    private static final int WIDTH = 50;

    private HistogramBars() {}

    /** From the first bin that holds anything to the last. */
    static void print(ErrorHistogram histogram, PrintWriter out) {
        long[] counts = histogram.counts();
        long most = 1;
        int first = counts.length;
        int last = -1;
        for (int bin = 0; bin < counts.length; bin++) {
            most = Math.max(most, counts[bin]);
            if (counts[bin] == 0) continue;
            first = Math.min(first, bin);
            last = bin;
        }
        for (int bin = first; bin <= last; bin++) {
            int length = (int) Math.round((double) WIDTH * counts[bin] / most);
            out.printf(Locale.ROOT, "%14s  %7.3f %%  %s%n", range(bin, counts.length),
                    100.0 * counts[bin] / histogram.total(),
                    length == 0 && counts[bin] > 0 ? "▏" : "█".repeat(length));
        }
    }

    private static String range(int bin, int bins) {
        if (bin == 0) return String.format(Locale.ROOT, "below %.1f", ErrorHistogram.low(1));
        if (bin == bins - 1) return String.format(Locale.ROOT, "%.1f and above", ErrorHistogram.low(bin));
        return String.format(Locale.ROOT, "%.1f … %.1f", ErrorHistogram.low(bin) + 0.0,
                ErrorHistogram.low(bin + 1) + 0.0);
    }
}
