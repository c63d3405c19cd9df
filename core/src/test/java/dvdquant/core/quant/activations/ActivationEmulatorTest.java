package dvdquant.core.quant.activations;

import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ActivationEmulatorTest {
    private static final int TOKENS = 5;

    static LongStream seeds() {
        return Seeds.of(3);
    }

    private static List<ActivationScales> all(int block) {
        return List.of(new ActivationScales.PerTensor(), new ActivationScales.PerToken(),
                new ActivationScales.PerChannel(), new ActivationScales.PerChannelToken(),
                new ActivationScales.PerBlock(block), new ActivationScales.PerTokenBlock(block),
                new ActivationScales.PerTokenBlockInteger(block));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void givesTheValuesOfTheReference(long seed) {
        for (int channels : new int[]{1, 6, 25, 702, 1536}) {
            int block = channels % 128 == 0 ? 128 : 1;
            for (Rotation rotation : List.of(new Rotation.None(),
                    new Rotation.Blocks(Math.min(128, Integer.lowestOneBit(channels)), seed))) {
                for (ActivationScales scales : all(block)) {
                    for (int bits : new int[]{4, 8}) {
                        check(seed, channels, rotation,
                                new ActivationScheme(new ActivationRange(bits), scales, bits == 4 ? 0.9f : 1));
                    }
                }
            }
        }
    }

    private static void check(long seed, int channels, Rotation rotation, ActivationScheme scheme) {
        float[] values = Seeds.gaussian(seed, TOKENS * channels);
        for (int token = 0; token < TOKENS; token++) {
            values[token * channels + channels / 2] *= 30; // a channel that stands out
        }
        Arrays.fill(values, channels, 2 * channels, 0); // and a token of nothing
        HadamardRotation prepared = rotation.forColumns(channels);
        float[] rotated = values.clone();
        for (int token = 0; token < TOKENS; token++) {
            prepared.rotateReference(rotated, token * channels);
        }
        float[] expected = ActivationQuantizer.quantize(rotated, TOKENS, scheme).dequantize();
        float[] actual = emulate(values, channels, prepared, scheme);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as("%s, channel %d of %d", scheme, i % channels, channels)
                    .isCloseTo(expected[i], within(2e-6f * Math.abs(expected[i])));
        }
    }

    private static float[] emulate(float[] values, int channels, HadamardRotation rotation, ActivationScheme scheme) {
        var emulator = new ActivationEmulator(rotation, scheme);
        var magnitudes = new float[emulator.sharedMagnitudes()];
        var result = new float[values.length];
        for (int token = 0; magnitudes.length > 0 && token < TOKENS; token++) {
            emulator.gather(Arrays.copyOfRange(values, token * channels, (token + 1) * channels), magnitudes);
        }
        for (int token = 0; token < TOKENS; token++) {
            float[] row = Arrays.copyOfRange(values, token * channels, (token + 1) * channels);
            emulator.apply(row, magnitudes);
            System.arraycopy(row, 0, result, token * channels, channels);
        }
        return result;
    }

    @Test
    void refusesWhatItCannotDo() {
        HadamardRotation rotation = new Rotation.None().forColumns(96);
        assertThatThrownBy(() -> new ActivationEmulator(rotation,
                new ActivationScheme(new ActivationRange(4), new ActivationScales.PerTokenBlock(64))))
                .hasMessageContaining("64").hasMessageContaining("96");
        var emulator = new ActivationEmulator(rotation,
                new ActivationScheme(new ActivationRange(4), new ActivationScales.PerToken()));
        float[] values = new float[96];
        values[90] = Float.NEGATIVE_INFINITY;
        assertThatThrownBy(() -> emulator.apply(values, new float[0])).hasMessageContaining("infinite");
        assertThatThrownBy(() -> new ActivationScheme(new ActivationRange(4), new ActivationScales.PerToken(), 0))
                .hasMessageContaining("clip of 0.0");
    }
}
