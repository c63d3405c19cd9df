package dvdquant.models.nn;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.quant.grids.RowQuantizer;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.quantize.Method;
import dvdquant.core.testing.Seeds;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;

import static org.assertj.core.api.Assertions.assertThat;

@NoLeaks
class SplitInputTest {
    private static final int IN = 384;
    private static final int OUT = 70;

    /** Against the weights that the codes stand for and sums in double: nearer than BF16 could be. */
    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void theInputIsAsGoodAsWhole(int bits) {
        WeightScheme scheme = Method.DVD_QUANT.recipe(bits).weights();
        float[] weight = Seeds.gaussian(1, OUT * IN);
        float[] bias = Seeds.gaussian(2, OUT);
        float[] x = Seeds.gaussian(3, IN);
        x[7] = 40; // far out, as a modulation's input may be
        try (var device = CpuDevice.open(); var arena = Arena.ofShared(); var _ = TensorScope.open()) {
            var packed = PackedWeight.allocate(arena, OUT, IN, scheme);
            var quantizer = new RowQuantizer(IN, scheme);
            var expected = new float[OUT];
            var stood = new float[IN];
            for (int row = 0; row < OUT; row++) {
                var quantized = quantizer.quantize(weight, row * IN);
                packed.store(row, quantized);
                quantized.dequantize(stood, 0);
                scheme.rotation().forColumns(IN).rotateBack(stood, 0);
                double sum = bias[row];
                for (int k = 0; k < IN; k++) {
                    sum += (double) stood[k] * x[k];
                }
                expected[row] = (float) sum;
            }
            assertThat(RelativeError.of(product(device, packed, bias, x), expected)).isLessThan(1e-4);
        }
    }

    private static float[] product(ComputeDevice device, PackedWeight packed, float[] bias, float[] x) {
        try (var weights = device.weights().packedWeights(packed, bias, Residence.PACKED)) {
            var layer = new SplitInput(weights, packed.scheme().rotation(), Tensor.ofFloats(bias, OUT));
            Tensor y = layer.forward(Tensor.ofFloats(x, 1, IN), new Compute(device.kernels()));
            assertThat(y.type()).isEqualTo(ElementType.F32);
            return y.toFloats();
        }
    }
}
