package dvdquant.core.quant.grids;

import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightScheme;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Rounding between the extremes, against a reference in float64 over all quantized weights of the demo model. */
class MinMaxTest {
    private static final int BITS = 4;

    @Test
    void codesAreThoseOfFloat64() {
        var scheme = new WeightScheme(new CodeRange(BITS), Rounding.MINMAX, new GroupSize.WholeRow(),
                new Rotation.None());
        for (DemoWeights weights : DemoWeights.all()) {
            var quantizer = new RowQuantizer(weights.columns(), scheme);
            for (int offset = 0; offset < weights.values().length; offset += weights.columns()) {
                check(weights, offset, quantizer.quantize(weights.values(), offset));
            }
        }
    }

    private static void check(DemoWeights weights, int offset, QuantizedRow row) {
        double least = 0;
        double most = 0;
        for (int k = 0; k < weights.columns(); k++) {
            least = Math.min(least, weights.values()[offset + k]);
            most = Math.max(most, weights.values()[offset + k]);
        }
        double step = (most - least) / ((1 << BITS) - 1);
        int zero = (int) Math.rint(-least / step);
        assertThat((double) row.scales()[0]).isCloseTo(step, within(step * 0x1p-23));
        assertThat(row.zeroPoints()[0]).isEqualTo((byte) zero);
        for (int k = 0; k < weights.columns(); k++) {
            double code = Math.clamp(Math.rint(weights.values()[offset + k] / step) + zero, 0, (1 << BITS) - 1);
            if (row.codes()[k] != (byte) code) {
                assertThat(row.codes()[k]).as("%s, element %d", weights.name(), offset + k).isEqualTo((byte) code);
            }
        }
    }
}
