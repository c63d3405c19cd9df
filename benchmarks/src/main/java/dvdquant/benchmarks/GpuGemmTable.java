package dvdquant.benchmarks;

import dvdquant.benchmarks.GpuGemmBenchmark.Row;
import dvdquant.measure.Peak;
import dvdquant.measure.Timing;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What {@code ./bench gemm} measured on a GPU, as text and for the JSON file. */
final class GpuGemmTable {
    private GpuGemmTable() {}

    static void print(GpuGemmBenchmark result, PrintWriter out) {
        line(out, "TOP/s (share of peak)", "libtorch bf16", "libtorch fp8", "libtorch int8", "ours int8",
                "× bf16  × fp8");
        Optional<Double> int8 = result.peak().map(Peak::int8);
        for (Row row : result.rows()) {
            line(out, row, timing -> rate(timing, timing == row.bf16() ? result.peak().map(Peak::bf16) : int8),
                    String.format(Locale.ROOT, "%6.2f %6s", row.overBf16(),
                            row.overFp8().map(ratio -> String.format(Locale.ROOT, "%.2f", ratio)).orElse("–")));
        }
        out.println();
        line(out, "median ms (best to worst)", "libtorch bf16", "libtorch fp8", "libtorch int8", "ours int8", "");
        result.rows().forEach(row -> line(out, row, GpuGemmTable::millis, ""));
        out.printf(Locale.ROOT, "%n%-25s %-34s %-20s %s%n", "around it", "input: rotated and quantized",
                "weights: expanded", "input, expansion and product");
        for (Row row : result.rows()) {
            out.printf(Locale.ROOT, "%-25s %7.3f ms, %5.0f GB/s, %3.0f %% of copy %9.3f ms %9.3f ms, %.2f × bf16%n",
                    row.size().shape(), row.input().medianMillis(), row.inputRate(),
                    100 * row.inputRate() / result.copyRate(), row.expansionMillis(), row.layer().medianMillis(),
                    row.layerOverBf16());
        }
        out.printf(Locale.ROOT,
                "%nours int8: codes by codes to scaled bf16 with its bias, activations quantized and weights "
                        + "expanded; a copy moves %.0f GB/s, read and written%n",
                result.copyRate());
        result.peak().ifPresent(peak -> out.printf(Locale.ROOT,
                "peak: %.0f TOP/s of int8 and fp8, %.0f of bf16, at the chip's highest clock%n", peak.int8(),
                peak.bf16()));
    }

    private static void line(PrintWriter out, Row row, Function<Timing, String> text, String end) {
        line(out, row.size().shape(), text.apply(row.bf16()), row.fp8().map(text).orElse("–"), text.apply(row.int8()),
                text.apply(row.product()), end);
    }

    private static void line(PrintWriter out, String first, String bf16, String fp8, String int8, String ours,
            String end) {
        out.println(String.format(Locale.ROOT, "%-25s %-21s %-21s %-21s %-21s %s", first, bf16, fp8, int8, ours, end)
                .stripTrailing());
    }

    private static String rate(Timing timing, Optional<Double> peak) {
        double rate = timing.medianRate() / 1e3;
        return String.format(Locale.ROOT, "%5.0f", rate)
                + peak.map(most -> String.format(Locale.ROOT, " (%.0f %%)", 100 * rate / most)).orElse("");
    }

    private static String millis(Timing timing) {
        return String.format(Locale.ROOT, "%.3f (%.3f–%.3f)", timing.medianMillis(), timing.bestMillis(),
                timing.worstMillis());
    }

    /** For the JSON file: what was measured, and the ratios. */
    static List<Map<String, Object>> json(GpuGemmBenchmark result) {
        return result.rows().stream().map(row -> {
            var entry = new LinkedHashMap<String, Object>();
            entry.put("measured", row);
            entry.put("ours_over_bf16", row.overBf16());
            entry.put("ours_over_fp8", row.overFp8());
            entry.put("layer_over_bf16", row.layerOverBf16());
            entry.put("expansion_millis", row.expansionMillis());
            entry.put("input_gb_a_second", row.inputRate());
            entry.put("input_share_of_copy", row.inputRate() / result.copyRate());
            entry.put("ours_share_of_peak",
                    result.peak().map(peak -> row.product().medianRate() / 1e3 / peak.int8()));
            return (Map<String, Object>) entry;
        }).toList();
    }
}
