package dvdquant.benchmarks;

import dvdquant.measure.Peak;

import java.util.List;
import java.util.Optional;

/**
 * What was measured beside what a chip allows: below so many operations a byte its memory is the limit, above them its tensor cores.
 *
 * @param title for people, with the chip
 * @param copyRate measured, GB/s
 * @param peak empty where it is not known
 */
public record Roofline(String title, double copyRate, Optional<Peak> peak, List<Mark> marks) {
    /** Whose product it is. */
    public enum Series {
        OURS("ours, int8"),
        FP8("libtorch, fp8"),
        INT8("libtorch, int8"),
        BF16("libtorch, bf16");

        private final String label;

        Series(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    /**
     * A product.
     *
     * @param intensity operations a byte, each number moved once
     * @param rate TOP/s
     */
    public record Mark(Series series, String shape, double intensity, double rate) {}

    /** TOP/s that the memory allows. */
    double memoryRoof(double intensity) {
        return copyRate * intensity / 1e3;
    }
}
