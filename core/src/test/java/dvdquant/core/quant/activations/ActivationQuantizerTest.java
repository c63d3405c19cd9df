package dvdquant.core.quant.activations;

import dvdquant.core.metrics.Sqnr;
import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ActivationQuantizerTest {
    private static final ActivationRange A4 = new ActivationRange(4);
    private static final ActivationRange A8 = new ActivationRange(8);
    private static final ActivationScales TOKEN = new ActivationScales.PerToken();
    private static final List<ActivationScales> ALL = List.of(new ActivationScales.PerTensor(), TOKEN,
            new ActivationScales.PerChannel(), new ActivationScales.PerChannelToken(), new ActivationScales.PerBlock(4),
            new ActivationScales.PerTokenBlock(4), new ActivationScales.PerTokenBlockInteger(4));

    static LongStream seeds() {
        return Seeds.of(3);
    }

    @Test
    void shapesOfScales() {
        float[] values = Seeds.gaussian(1, 3 * 8);
        int[] scales = {1, 3, 8, 3, 2, 6, 3};
        for (int i = 0; i < ALL.size(); i++) {
            assertThat(ActivationQuantizer.quantize(values, 3, A4, ALL.get(i)).scales()).as(ALL.get(i).toString())
                    .hasSize(scales[i]);
        }
        var integer = ActivationQuantizer.quantize(values, 3, A4, ALL.get(6));
        assertThat(integer.multipliers()).hasSize(6).contains((byte) 15);
        assertThat(ActivationQuantizer.quantize(values, 3, A4, ALL.get(3)).channelScales()).hasSize(8);
    }

    @Test
    void roundsToNearestTiesToEven() {
        float[] values = {7, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -7, 6.49f};
        var result = ActivationQuantizer.quantize(values, 1, A4, TOKEN);
        assertThat(result.scales()).containsExactly(1);
        assertThat(result.codes()).containsExactly(7, 0, 2, 2, 0, -2, -7, 6);
        float[] wide = {127, 0.5f, -126.5f, -127};
        assertThat(ActivationQuantizer.quantize(wide, 1, A8, TOKEN).codes()).containsExactly(127, 0, -126, -127);
    }

    /** MinMax with 4-bit activations and a scale a tensor, as the paper's baseline has them. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void codesOfAScaleATensorAreThoseOfFloat64(long seed) {
        float[] values = Seeds.gaussian(seed, 64 * 256);
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs((double) value));
        }
        var result = ActivationQuantizer.quantize(values, 64, A4, new ActivationScales.PerTensor());
        for (int i = 0; i < values.length; i++) {
            assertThat((double) result.codes()[i]).isEqualTo(Math.rint(values[i] / (largest / 7)));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void errorIsAtMostHalfAStep(long seed) {
        for (ActivationScales granularity : ALL) {
            for (ActivationRange range : List.of(A4, A8)) {
                float[] values = Seeds.gaussian(seed, 5 * 8);
                var result = ActivationQuantizer.quantize(values, 5, range, granularity);
                float[] back = result.dequantize();
                byte[] product = ProductForm.codes(result);
                for (int i = 0; i < values.length; i++) {
                    assertThat((int) result.codes()[i]).isBetween(range.lowest(), range.highest());
                    assertThat(back[i]).isCloseTo(values[i], within(0.5001f * result.step(i / 8, i % 8)));
                    if (!granularity.isInteger()) continue;
                    assertThat(product[i] * ProductForm.scale(result, i / 8)).isCloseTo(back[i], within(1e-5f));
                }
            }
        }
    }

    @Test
    void zerosHaveScaleOneAndNothingIsNaN() {
        for (ActivationScales granularity : ALL) {
            var zeros = ActivationQuantizer.quantize(new float[16], 2, A4, granularity);
            assertThat(zeros.codes()).containsOnly(0);
            assertThat(zeros.scales()).containsOnly(1);
            assertThat(zeros.dequantize()).containsOnly(0);
            for (float tiny : new float[]{Float.MIN_VALUE, 1e-40f, 1e-38f, 3e38f}) {
                float[] values = new float[16];
                values[3] = tiny;
                values[12] = -tiny;
                for (float value : ActivationQuantizer.quantize(values, 2, A4, granularity).dequantize()) {
                    assertThat(value).isFinite();
                }
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void finerScalesLoseLess(long seed) {
        float[] values = Seeds.gaussian(seed, 64 * 512);
        for (int i = 0; i < values.length; i++) {
            values[i] *= (1 + i / 512 % 7) * (1 + i % 512 / 128);
        }
        double tensor = db(values, new ActivationScales.PerTensor());
        double token = db(values, TOKEN);
        double integer = db(values, new ActivationScales.PerTokenBlockInteger(128));
        double block = db(values, new ActivationScales.PerTokenBlock(128));
        assertThat(token).isGreaterThan(tensor + 1);
        assertThat(integer).isGreaterThan(token + 1);
        assertThat(block).isGreaterThan(integer).isLessThan(integer + 0.5);
    }

    private static double db(float[] values, ActivationScales granularity) {
        return Sqnr.db(ActivationQuantizer.quantize(values, 64, A4, granularity).dequantize(), values);
    }

    @Test
    void refusesWhatItCannotDo() {
        assertThatThrownBy(() -> ActivationQuantizer.quantize(new float[7], 2, A4, TOKEN)).hasMessageContaining("7")
                .hasMessageContaining("2 tokens");
        assertThatThrownBy(() -> ActivationQuantizer.quantize(new float[]{1, Float.NaN}, 1, A4, TOKEN))
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> ActivationQuantizer.quantize(new float[6], 1, A4, new ActivationScales.PerBlock(4)))
                .hasMessageContaining("4").hasMessageContaining("6");
        assertThatThrownBy(() -> new ActivationRange(1)).hasMessageContaining("not 1");
    }
}
