package dvdquant.measure;

import dvdquant.cuda.driver.GpuProperties;
import dvdquant.tensor.ComputeDevice;

import java.util.Locale;
import java.util.Optional;

/**
 * What a GPU's tensor cores can do at its highest clock, sparsity not used. NVIDIA's own figures are at a lower one (an H100's 1,979
 * TOP/s of int8 at 1,830 MHz, where 1,980 are allowed), and power may not let it be reached.
 *
 * @param int8 TOP/s of 8-bit integers, as of FP8 where there is FP8
 * @param bf16 TOP/s
 */
public record Peak(double int8, double bf16) {
    /** What multiplies. */
    public enum Precision {
        INT8,
        BF16;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** TOP/s of products of these. */
    public double of(Precision precision) {
        return switch (precision) {
            case INT8 -> int8;
            case BF16 -> bf16;
        };
    }

    /**
     * By operations a clock and multiprocessor: 8,192 and 4,096 on GH100, 4,096 and 2,048 on GA100. Empty for other chips: Ampere's and
     * Ada's later ones differ between cards of the same compute capability.
     *
     * @see <a href="https://resources.nvidia.com/en-us-tensor-core">NVIDIA's papers on the architectures of H100 and A100: the dense
     *      rates of their tables by multiprocessors and boost clock</a>
     */
    public static Optional<Peak> of(GpuProperties device) {
        double clocks = device.multiprocessors() * device.clockKilohertz() * 1e3;
        return switch (10 * device.major() + device.minor()) {
            case 90 -> Optional.of(new Peak(8192 * clocks / 1e12, 4096 * clocks / 1e12));
            case 80 -> Optional.of(new Peak(4096 * clocks / 1e12, 2048 * clocks / 1e12));
            default -> Optional.empty();
        };
    }

    /** Of the GPU that they run on; empty for a CPU. */
    public static Optional<Peak> of(ComputeDevice device) {
        return device.device().isCpu() ? Optional.empty() : of(GpuProperties.of(device.device().index()));
    }
}
