package dvdquant.benchmarks;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Device;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** The truth that a GPU's attention is held against, held against a CPU's. */
@NoLeaks
class AttentionInputTest {
    @ParameterizedTest
    @CsvSource({"90, 90, false", "90, 90, true", "70, 33, true", "5, 200, false"})
    void ofACpuOnlyRoundingIsFound(long tokens, long keys, boolean normed) {
        var size = new AttentionSize("attention", tokens, keys, 3, 16);
        try (var device = CpuDevice.open(); var _ = TensorScope.open()) {
            AttentionInput input = AttentionInput.random(size, 7, normed, Device.CPU);
            assertThat(input.relativeError(device.kernels(), 64)).isBetween(1e-9, 1e-5);
            assertThat(input.to(ElementType.BF16).relativeError(device.kernels(), 64)).isBetween(1e-4, 1e-2);
        }
    }
}
