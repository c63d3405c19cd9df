package dvdquant.core.quant.activations;

import dvdquant.core.InputException;
import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ActivationClipTest {
    private static final int BLOCK = 128;

    /** How values are spread whose blocks are quantized. */
    private enum Spread {
        NORMAL,
        LAPLACE,
        STUDENT;

        float draw(SplittableRandom random) {
            return (float) switch (this) {
                case NORMAL -> random.nextGaussian();
                case LAPLACE -> random.nextGaussian() * Math.sqrt(-Math.log(1 - random.nextDouble()));
                case STUDENT -> { // of 5 degrees of freedom
                    double squares = DoubleStream.generate(random::nextGaussian).limit(5).map(x -> x * x).sum();
                    yield random.nextGaussian() / Math.sqrt(squares / 5);
                }
            };
        }

        float[] blocks(long seed) {
            SplittableRandom random = Seeds.random(seed);
            var values = new float[2000 * BLOCK];
            for (int i = 0; i < values.length; i++) {
                values[i] = draw(random);
            }
            return values;
        }
    }

    /** What the search for the least error found: no other part is better by more than 0.15 dB for normal values. */
    @ParameterizedTest
    @CsvSource({"2, 4", "3, 2", "4, 0.8"})
    void leastErrorIsNearTheBestAndGainsWhateverTheSpread(int bits, double gain) {
        float part = new ActivationClip.LeastError().at(bits);
        for (Spread spread : Spread.values()) {
            float[] values = spread.blocks(bits);
            double gained = db(values, bits, part) - db(values, bits, 1);
            System.out.printf(Locale.ROOT, "%d bits, %.2f of the largest, %s: %.1f dB%n", bits, part, spread, gained);
            assertThat(gained).as("%s", spread).isGreaterThan(gain);
        }
        float[] normal = Spread.NORMAL.blocks(bits);
        for (float other = 0.25f; other <= 1; other += 0.05f) {
            assertThat(db(normal, bits, other)).as("clip %s", other).isLessThan(db(normal, bits, part) + 0.15);
        }
    }

    private static double db(float[] values, int bits, float part) {
        var scheme = new ActivationScheme(new ActivationRange(bits), new ActivationScales.PerTokenBlock(BLOCK), part);
        QuantizedActivations quantized = ActivationQuantizer.quantize(values, values.length / BLOCK, scheme);
        double signal = 0;
        double error = 0;
        for (int i = 0; i < values.length; i++) {
            double value = quantized.codes()[i] * (double) quantized.step(i / BLOCK, i % BLOCK);
            signal += (double) values[i] * values[i];
            error += (values[i] - value) * (values[i] - value);
        }
        return 10 * Math.log10(signal / error);
    }

    @Test
    void nothingIsClippedAboveFourBits() {
        for (int bits = 5; bits <= 8; bits++) {
            assertThat(ActivationRule.DEFAULT.at(bits).clip()).isEqualTo(1);
        }
        assertThat(ActivationRule.DEFAULT.at(4).clip()).isEqualTo(0.8f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-error", "1.0", "0.9"})
    void textIsReadBack(String text) {
        assertThat(ActivationClip.parse(text).text()).isEqualTo(text);
    }

    @Test
    void noneClipsNothing() {
        assertThat(ActivationClip.parse("none")).isEqualTo(ActivationClip.NONE);
        assertThat(ActivationClip.NONE.at(4)).isCloseTo(1, within(0f));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "NaN", "best", ""})
    void othersAreErrors(String text) {
        assertThatThrownBy(() -> ActivationClip.parse(text)).isInstanceOf(InputException.class)
                .hasMessageContaining("expected none, least-error, or a number above 0 up to 1");
    }
}
