package dvdquant.cuda;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeChange;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

@Gpu
class ChangesGpuTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 1000, 2_096_643})
    void changeIsThatOfAPlainLoop(int count) {
        try (var _ = TensorScope.open();
                ComputeDevice device = CudaDevice.open(0, Gpu.Settings.of(AttentionMode.EXACT))) {
            for (ElementType type : new ElementType[]{ElementType.F32, ElementType.BF16}) {
                Tensor now = Tensor.randn(1, count).to(type);
                Tensor last = Tensor.randn(2, count).to(type);
                double expected = RelativeChange.of(now.toFloats(), last.toFloats());
                double found = device.kernels().relativeChange(now.to(device.device()), last.to(device.device()));
                assertThat(found).isCloseTo(expected, Offset.offset(1e-9 * expected));
                assertThat(device.kernels().relativeChange(now.to(device.device()), last.to(device.device())))
                        .isEqualTo(found);
            }
        }
    }
}
