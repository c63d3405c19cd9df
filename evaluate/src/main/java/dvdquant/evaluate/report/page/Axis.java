package dvdquant.evaluate.report.page;

import dvdquant.evaluate.report.Numbers;

import java.util.ArrayList;
import java.util.List;

/**
 * A linear scale with round ticks.
 *
 * @param low the value at its beginning
 * @param high the value at its end, greater than {@code low}
 * @param tick the distance of two ticks: 1, 2 or 5 times a power of ten
 */
record Axis(double low, double high, double tick) {
    /** From a tick at or below {@code min} to one at or above {@code max}, with about {@code count} intervals. */
    static Axis around(double min, double max, int count) {
        double span = max > min ? max - min : Math.max(Math.abs(max), 1);
        double tick = roundTick(span / count);
        double low = Math.floor(min / tick + 1e-9) * tick;
        double high = Math.ceil(max / tick - 1e-9) * tick;
        return new Axis(low, high > low ? high : low + tick, tick);
    }

    /** Whole numbers from {@code first} to {@code last}, which are its ends. */
    static Axis counting(int first, int last, int count) {
        double tick = Math.max(1, roundTick((double) (last - first) / count));
        return new Axis(first, Math.max(last, first + 1), tick);
    }

    private static double roundTick(double rough) {
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double mantissa = rough / power;
        return power * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10);
    }

    List<Double> ticks() {
        var ticks = new ArrayList<Double>();
        long first = (long) Math.ceil(low / tick - 1e-9);
        // A scale that begins at 1 is labelled there, then at the round numbers.
        if (first * tick > low + 1e-9) ticks.add(low);
        for (long i = first; i * tick <= high + 1e-9 * tick; i++) {
            ticks.add(i * tick);
        }
        if (ticks.size() > 2 && ticks.get(1) - ticks.get(0) < tick / 2) ticks.remove(1);
        return ticks;
    }

    /** Where a value lies between two coordinates. */
    double place(double value, double from, double to) {
        return from + (value - low) / (high - low) * (to - from);
    }

    String label(double value) {
        int decimals = Math.max(0, (int) Math.ceil(-Math.log10(tick) - 1e-9));
        return Numbers.fixed(value, decimals);
    }
}
