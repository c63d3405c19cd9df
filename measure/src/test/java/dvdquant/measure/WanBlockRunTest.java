package dvdquant.measure;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quantize.Method;
import dvdquant.measure.WanBlockRun.Quantization;
import dvdquant.models.wan.WanConfig;
import dvdquant.tensor.Residence;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

/** What a benchmark compares computes the same. */
@NoLeaks
class WanBlockRunTest {
    private static final WanConfig CONFIG = new WanConfig(2, 128, 1, 512, 16, 16, 64, 64, List.of(1, 2, 2), 1024, 1e-6,
            true);

    @Test
    void allBlocksAgree() {
        var w4a8 = new Quantization(Method.DVD_QUANT.recipe(4).weights(), ActivationScheme.ofBits(8));
        try (var device = CpuDevice.open();
                var _ = TensorScope.open();
                var run = new WanBlockRun(CONFIG, ElementType.F32, 70, 1, Optional.of(w4a8), device)) {
            float[] expected = run.forward().toFloats();
            assertThat(RelativeError.of(run.libtorchForward(ElementType.F32).toFloats(), expected)).isLessThan(1e-5);
            assertThat(RelativeError.of(run.libtorchForward(ElementType.BF16).toFloats(), expected)).isLessThan(0.01);
            float[] packed = run.quantizedForward(Residence.PACKED).toFloats();
            assertThat(RelativeError.of(packed, expected)).isBetween(0.02, 0.2);
            assertThat(run.quantizedForward(Residence.EXPANDED).toFloats()).containsExactly(packed);
        }
    }
}
